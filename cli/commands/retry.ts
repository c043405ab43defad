import { Option, type Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';
import { collect } from '../option-values.js';

interface RetryOptions {
  readonly set?: readonly string[];
  readonly items?: 'all';
}

export function register(program: Command): void {
  const command = program
    .command('retry')
    .description(
      'Try stages again that are on hold or failed; on a run that has ended, start it again from what is finished.',
    )
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('[stage]', 'only this stage; with --set, values for this stage only')
    .option('--set <param=value>', 'with another value; what it does not change is kept. May be repeated', collect)
    .addOption(
      new Option('--items <which>', 'work on bad items again: all of them, not only those of infrastructure').choices([
        'all',
      ]),
    )
    .action(async (run: string, stage: string | undefined, { set = [], items }: RetryOptions) => {
      const { withEngine } = await import('../run/with-engine.js');
      await withEngine(run, async (client, id) => {
        if (set.length > 0) {
          const { UserError } = await import('../../recipe/errors.js');
          if (items)
            throw new UserError('set-and-items', '--set and --items cannot be given together: retry once with each.');
          const { recompileRun } = await import('../recipe/recompile-run.js');
          const { plan, text, files, code, source, warnings } = await recompileRun(client, id, set, stage);
          if (warnings) say(warnings);
          const changed = await client.revise(id, { plan, recipeText: text, files, code, source, set, stage });
          const kept = plan.nodes.length - changed.length;
          say(`${set.join(' ')}: ${kept} of ${plan.nodes.length} stages stay as they are.`);
          if (changed.length > 0)
            say(`Other work now: ${changed.slice(0, 20).join(', ')}${changed.length > 20 ? ', ...' : ''}.`);
        } else {
          const retried = await client.retry(id, stage, { items });
          say(
            retried.length > 0
              ? `Trying again: ${retried.join(', ')}.`
              : `Run ${id} starts again from what is finished.`,
          );
        }
        say(`Follow it with: mortar watch ${id}`);
      });
    });
  examples(
    command,
    'mortar retry latest',
    'mortar retry latest sft --set sft.learning_rate=5e-5',
    'mortar retry latest validate --items all',
  );
}
