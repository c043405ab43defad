import { Option, type Command } from 'commander';
import type { RunState } from '../../artifacts/run-record.js';
import { formatAge } from '../format.js';
import { examples } from '../examples.js';
import { wholeNumber } from '../option-values.js';
import { print, printJson, say } from '../output.js';
import { table } from '../table.js';

interface RunsOptions {
  readonly limit: number;
  readonly recipe?: string;
  readonly state?: readonly RunState[];
  readonly forget?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('runs')
    .description('List runs, newest first.')
    .option('--limit <number>', 'how many at most', wholeNumber, 20)
    .option('--recipe <name>', 'only runs of the recipe of this name')
    .addOption(
      new Option('--state <state...>', 'only runs in one of these states').choices([
        ...['running', 'held', 'succeeded', 'failed', 'cancelled'],
      ]),
    )
    .option(
      '--forget <run>',
      'remove the record of a run that has ended; `mortar gc` then collects what only it needed',
    )
    .option('--json', 'print an array')
    .action(async ({ limit, recipe, state: states, forget, json }: RunsOptions) => {
      if (forget !== undefined) {
        const [{ withEngine }, { forgetRun }] = await Promise.all([
          import('../run/with-engine.js'),
          import('../run/forget-runs.js'),
        ]);
        await withEngine(forget, async (client, run) => {
          await forgetRun(client, run);
          say(`Run ${run} is forgotten. What only it needed goes with: mortar gc`);
        });
        return;
      }
      const [{ withClient }, { connectRecords }] = await Promise.all([
        import('../run/with-engine.js'),
        import('../../services/up.js'),
      ]);
      await withClient(async (client) => {
        const { runs, live } = await client.findRuns({ limit, recipe, states });
        if (!live) say('Temporal does not answer; states are those of the records.');
        if (json) {
          printJson(runs);
          return;
        }
        if (runs.length === 0) say(noRuns(recipe !== undefined || states !== undefined));
        const rows = runs.map((run) => [
          run.id,
          run.name,
          run.profile ?? '-',
          run.state,
          String(run.nodes),
          formatAge(Date.parse(run.createdAt), Date.now()),
        ]);
        if (rows.length > 0)
          for (const line of table(['RUN', 'RECIPE', 'PROFILE', 'STATE', '>STAGES', '>STARTED'], rows)) print(line);
      }, connectRecords());
    });
  examples(command, 'mortar runs --recipe swe-lego --state running held', 'mortar runs --forget 20260101');
}

function noRuns(filtered: boolean): string {
  return filtered
    ? 'No run is like that. List all with: mortar runs'
    : 'There are no runs yet. Start one with: mortar run recipes/swe-lego.yaml';
}
