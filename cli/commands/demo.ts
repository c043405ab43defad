import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';
import { packageRoot } from '../package-root.js';

export function register(program: Command): void {
  const command = program
    .command('demo')
    .description('Run the whole SWE-Lego pipeline in its tiny profile: data, validation, training, evaluation, report.')
    .option('--set <param=value>', 'value over that of the profile; may be repeated', collect)
    .action(async (options: { set?: string[] }) => {
      const { startRun } = await import('../run/start-run.js');
      const recipe = fileURLToPath(new URL('recipes/swe-lego.yaml', packageRoot));
      say(
        'The tiny profile trains a small model from random weights and runs everything else for real. A second demo takes it from the cache.',
      );
      process.exitCode = await startRun(relative(process.cwd(), recipe), {
        profile: 'tiny',
        ...(options.set && { set: options.set }),
        onFailure: 'hold',
        up: true,
      });
    });
  examples(command, 'mortar demo', 'mortar demo --set samples=4');
}
