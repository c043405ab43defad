import type { Command } from 'commander';
import { examples } from '../examples.js';
import { print } from '../output.js';

export function register(program: Command): void {
  const command = program
    .command('lineage')
    .description(
      'Follow numbers of the report down to the data behind them: attempts, verdicts, trajectories, tasks, commits.',
    )
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('[metric]', 'number of the score, such as sft.pass_at_1, or a comparison')
    .argument('[instance]', 'only this instance')
    .option('--json', 'print a line of JSON for each number and each attempt')
    .addHelpText('after', '\nRecords are named by artifact and line: mortar artifacts cat DIGEST prints them.')
    .action(
      async (run: string, metric: string | undefined, instance: string | undefined, options: { json?: boolean }) => {
        const [{ withSession }, { viewRun }, { lineageOf }, { lineageLines }] = await Promise.all([
          import('../session.js'),
          import('../run/run-view.js'),
          import('../../engine/lineage/lineage.js'),
          import('../run/lineage-lines.js'),
        ]);
        await withSession(async ({ store }) => {
          const request = {
            ...(metric === undefined ? {} : { metric }),
            ...(instance === undefined ? {} : { instance }),
          };
          for await (const entry of lineageOf(store, await viewRun(store, run), request))
            if (options.json) print(JSON.stringify(entry));
            else for (const line of lineageLines(entry)) print(line);
        });
      },
    );
  examples(command, 'mortar lineage latest', 'mortar lineage latest sft.pass_at_1 --json');
}
