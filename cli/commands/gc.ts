import type { Command } from 'commander';
import { UserError } from '../../recipe/errors.js';
import { duration } from '../../recipe/planning/policy.js';
import { formatAge, formatBytes, formatDuration } from '../format.js';
import { print, printJson, say } from '../output.js';
import { examples } from '../examples.js';

interface Options {
  readonly dryRun?: boolean;
  readonly grace: string;
  readonly keepRuns?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('gc')
    .description(
      'Delete what no run needs any more. The first call marks; one after the grace deletes what is still unused. Run it daily.',
    )
    .option('--dry-run', 'say what would be deleted or marked, and change nothing')
    .option('--grace <duration>', 'how long something has to be unused', '7d')
    .option('--keep-runs <duration>', 'first forget runs that ended longer ago than this, such as 30d')
    .option('--json', 'print the counts as JSON')
    .action(async (options: Options) => {
      const grace = requireDuration('--grace', options.grace);
      const keep = options.keepRuns === undefined ? undefined : requireDuration('--keep-runs', options.keepRuns);
      const [{ withClient }, { collectGarbage }, { forgetOldRuns }] = await Promise.all([
        import('../run/with-engine.js'),
        import('../../artifacts/collect-garbage.js'),
        import('../run/forget-runs.js'),
      ]);
      await withClient(async (client) => {
        const dryRun = options.dryRun ?? false;
        const forgotten = keep === undefined ? [] : await forgetOldRuns(client, keep, dryRun);
        const found = await collectGarbage(client.store.objects, { grace, dryRun });
        if (options.json) {
          printJson({
            dryRun,
            forgotten,
            ...found,
            ...(found.next ? { next: new Date(found.next).toISOString() } : {}),
          });
          return;
        }
        for (const id of forgotten) print(`${dryRun ? 'would forget' : 'forgot'} run ${id}`);
        const amount = ({ objects, bytes }: { objects: number; bytes: number }): string =>
          `${objects} objects, ${formatBytes(bytes)}`;
        print(`${dryRun ? 'would delete' : 'deleted'} ${amount(found.deleted)}`);
        print(`unused, marked ${amount(found.marked)}`);
        print(`kept ${amount(found.kept)}`);
        if (dryRun && forgotten.length > 0) say('What only those runs need is counted as kept in a dry run.');
        if (found.next === undefined) return;
        const wait = found.next - Date.now();
        say(
          wait > 0
            ? `Marked objects may go in ${formatDuration(wait)}: run mortar gc again then.`
            : `Marked objects may go now (marked ${formatAge(found.next - grace, Date.now())}): run mortar gc again.`,
        );
      });
    });
  examples(command, 'mortar gc --dry-run', 'mortar gc --keep-runs 30d');
}

function requireDuration(option: string, text: string): number {
  const value = duration(text);
  if (value !== undefined) return value;
  throw new UserError('invalid-duration', `${option} is '${text}', which is no duration. Write 12h, 7d, ...`);
}
