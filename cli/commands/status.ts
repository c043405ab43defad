import type { Command } from 'commander';
import { print, printJson } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('status')
    .description('Show the state of a run and its stages.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .option('--json', 'print the whole status')
    .action(async (run: string, options: { json?: boolean }) => {
      const [{ withRecords }, { stageTable }, { summarise, troubleLines }, { decisions }] = await Promise.all([
        import('../run/with-engine.js'),
        import('../run/stage-table.js'),
        import('../run/progress-lines.js'),
        import('../run/decisions.js'),
      ]);
      await withRecords(run, async (client, id) => {
        const status = await client.runStatus(id);
        if (options.json) {
          printJson(status);
          return;
        }
        print(
          `Run ${id} (${status.run.name}${status.run.profile ? `, ${status.run.profile}` : ''}) is ${status.state}: ${summarise(status)}`,
        );
        for (const line of troubleLines(status)) print(line);
        if (status.failure) print(status.failure.message);
        for (const line of [...stageTable(status, Date.now()), ...decisions(status)]) print(line);
      });
    });
  examples(command, 'mortar status latest', 'mortar status latest --json');
}
