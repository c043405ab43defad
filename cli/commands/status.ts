import type { Command } from 'commander';
import { print, printJson } from '../output.js';

export function register(program: Command): void {
  program
    .command('status')
    .description('Show the state of a run and its stages.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .option('--json', 'print the whole status')
    .action(async (run: string, options: { json?: boolean }) => {
      const [{ withEngine }, { stageTable }, { summarise }, { decisions }] = await Promise.all([
        import('../with-engine.js'),
        import('../stage-table.js'),
        import('../progress-lines.js'),
        import('../decisions.js'),
      ]);
      await withEngine(run, async (client, id) => {
        const status = await client.runStatus(id);
        if (options.json) {
          printJson(status);
          return;
        }
        print(
          `Run ${id} (${status.run.name}${status.run.profile ? `, ${status.run.profile}` : ''}) is ${status.state}: ${summarise(status)}`,
        );
        if (!status.live) print('Temporal does not answer; this is what the record says.');
        if (status.trouble) print(status.trouble);
        if (status.failure) print(status.failure.message);
        for (const line of [...stageTable(status, Date.now()), ...decisions(status)]) print(line);
      });
    });
}
