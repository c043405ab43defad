import type { Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('approve')
    .description('Let a stage pass whose `expect` is false or that has `approve: true`; the report says so.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('<stage>', 'address of the stage')
    .action(async (run: string, stage: string) => {
      const { withEngine } = await import('../run/with-engine.js');
      await withEngine(run, async (client, id) => {
        await client.approve(id, stage);
        say(`${stage} may pass. Follow the run with: mortar watch ${id}`);
      });
    });
  examples(command, 'mortar approve latest validate');
}
