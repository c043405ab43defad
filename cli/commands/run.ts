import { Option, type Command } from 'commander';
import type { RunOptions } from '../run/start-run.js';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';

export function register(program: Command): void {
  const command = program
    .command('run')
    .description('Run a recipe. Starts what it needs; finished work comes from the cache. Ctrl-C leaves the run going.')
    .argument('<recipe>', 'recipe, such as recipes/swe-lego.yaml')
    .option('--profile <name>', 'named set of param values')
    .option('--set <param=value>', 'value over all others; may be repeated', collect)
    .option('--targets <stages>', 'only these stages and what they need, separated by commas')
    .option('--fresh <stage>', 'work on this stage once more though it is in the cache; may be repeated', collect)
    .option('--locked', 'refuse where something is not what `mortar lock` wrote')
    .option('--detach', 'start it, print its id and return')
    .addOption(
      new Option('--on-failure <what>', 'hold: keep the run for a decision; fail: end it')
        .choices(['hold', 'fail'])
        .default('hold'),
    )
    .option('--no-up', 'start no services; use those that run')
    .option('--json', 'print events as JSON lines on stdout, people\u2019s text on stderr')
    .action(async (file: string, options: RunOptions) => {
      const { startRun } = await import('../run/start-run.js');
      process.exitCode = await startRun(file, options);
    });
  examples(
    command,
    'mortar run recipes/swe-lego.yaml',
    'mortar run recipes/swe-lego.yaml --profile tiny --set samples=4 --detach',
    'mortar run recipes/swe-lego.yaml --targets validate,split --on-failure fail',
    'mortar run recipes/swe-lego.yaml --fresh sft --json',
  );
}
