import type { Command } from 'commander';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('watch')
    .description('Follow a run until it ends or waits for a decision. Ctrl-C leaves the run going.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .option('--json', 'print events as JSON lines')
    .action(async (run: string, options: { json?: boolean }) => {
      const [{ withRecords }, { followRun }, { finishRun }] = await Promise.all([
        import('../run/with-engine.js'),
        import('../run/follow-run.js'),
        import('../run/finish-run.js'),
      ]);
      await withRecords(run, async (client, id, connection) => {
        const { exitCode, status } = await followRun(client, id, options);
        if (status) await finishRun(client, status, connection);
        process.exitCode = exitCode;
      });
    });
  examples(command, 'mortar watch latest');
}
