import type { Command } from 'commander';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';
import { print, say } from '../output.js';

interface LockOptions {
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('lock')
    .description(
      'Write beside a recipe what it comes to: digests of its files, values, revisions, activities, packages, sandbox root.',
    )
    .argument('<file>', 'recipe')
    .option('--profile <name>', 'profile to lock; locks of other profiles stay')
    .option('--set <param=value>', 'value over all others; may be repeated', collect)
    .option('--json', 'print the lock file as well')
    .addHelpText('after', '\n`mortar run|plan|check FILE --locked` refuse what differs.')
    .action(async (file: string, { profile, set, json }: LockOptions) => {
      const [{ lockRecipe }, { writeLockFile }] = await Promise.all([
        import('../recipe/present-lock.js'),
        import('../../recipe/explain/lock.js'),
      ]);
      const written = await lockRecipe(file, { profile, set });
      say(`Locked in ${written.path}.`);
      if (json) print(writeLockFile(written.file).trimEnd());
    });
  examples(command, 'mortar lock recipes/swe-lego.yaml --profile tiny');
}
