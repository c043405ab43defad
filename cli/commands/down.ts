import type { Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('down')
    .description('Stop what `mortar up` started. Runs and artifacts stay; the next `mortar up` continues them.')
    .action(async () => {
      const { down } = await import('../../services/down.js');
      const stopped = await down(say);
      if (stopped.length === 0) say('Nothing was running.');
    });
  examples(command, 'mortar down');
}
