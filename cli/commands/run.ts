import { Option, type Command } from 'commander';
import type { RunOptions } from '../start-run.js';

export function register(program: Command): void {
  program
    .command('run')
    .description('Run a recipe. Starts what it needs; finished work comes from the cache. Ctrl-C leaves the run going.')
    .argument('<file>', 'recipe, such as recipes/swe-lego.yaml')
    .option('--profile <name>', 'named set of param values')
    .option('--set <param=value>', 'value over all others; may be repeated', collect, [])
    .option('--detach', 'start it, print its id and return')
    .addOption(
      new Option('--on-failure <what>', 'hold: keep the run for a decision; fail: end it')
        .choices(['hold', 'fail'])
        .default('hold'),
    )
    .option('--no-up', 'start no services; use those that run')
    .option('--json', 'print events as JSON lines on stdout, people\u2019s text on stderr')
    .action(async (file: string, options: RunOptions) => {
      const { startRun } = await import('../start-run.js');
      process.exitCode = await startRun(file, options);
    });
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
