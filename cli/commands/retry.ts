import type { Command } from 'commander';
import { say } from '../output.js';

export function register(program: Command): void {
  program
    .command('retry')
    .description(
      'Try stages again that are on hold or failed; on a run that has ended, start it again from what is finished.',
    )
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('[stage]', 'only this stage')
    .action(async (run: string, stage: string | undefined) => {
      const { withEngine } = await import('../with-engine.js');
      await withEngine(run, async (client, id) => {
        const retried = await client.retry(id, stage);
        say(
          retried.length > 0 ? `Trying again: ${retried.join(', ')}.` : `Run ${id} starts again from what is finished.`,
        );
        say(`Follow it with: mortar watch ${id}`);
      });
    });
}
