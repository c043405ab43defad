import type { Command } from 'commander';
import { say } from '../output.js';

export function register(program: Command): void {
  program
    .command('down')
    .description('Stop what `mortar up` started. Runs and artifacts stay; the next `mortar up` continues them.')
    .action(async () => {
      const { down } = await import('../../services/down.js');
      const stopped = await down(say);
      if (stopped.length === 0) say('Nothing was running.');
    });
}
