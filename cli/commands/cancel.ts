import type { Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('cancel')
    .description('Cancel a run. Finished stages stay in the cache; stages that other runs wait for go on.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .action(async (run: string) => {
      const { withEngine } = await import('../run/with-engine.js');
      await withEngine(run, async (client, id) => {
        await client.cancel(id);
        for (const queue of (await client.runStatus(id)).unserved ?? [])
          say(`No worker polls the queue ${queue}: the run ends when one does. Start it with: mortar worker`);
        say(`Run ${id} is being cancelled. What is finished stays; go on later with: mortar retry ${id}`);
      });
    });
  examples(command, 'mortar cancel latest');
}
