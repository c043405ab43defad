import type { Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('skip')
    .description('Go on without a stage. What needs its outputs is skipped with it, unless that input is optional.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('<stage>', 'address of the stage')
    .action(async (run: string, stage: string) => {
      const { withEngine } = await import('../run/with-engine.js');
      await withEngine(run, async (client, id) => {
        await client.skip(id, stage);
        say(`${stage} is skipped. Follow the run with: mortar watch ${id}`);
      });
    });
  examples(command, 'mortar skip latest report');
}
