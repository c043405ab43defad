import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { print, say } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('report')
    .description('Fetch the report of a run and print where it is.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .option('--out <folder>', 'where to put it (default: reports/RUN)')
    .option('--json', 'print report.json itself')
    .action(async (run: string, options: { out?: string; json?: boolean }) => {
      const [{ withSession }, { viewRun }, { pullReport }] = await Promise.all([
        import('../session.js'),
        import('../run/run-view.js'),
        import('../run/pull-report.js'),
      ]);
      await withSession(async ({ store }) => {
        const page = await pullReport(store, await viewRun(store, run), options.out);
        if (options.json) {
          say(`Report: ${page}`);
          print(readFileSync(join(dirname(page), 'report.json'), 'utf8').trimEnd());
        } else print(page);
      });
    });
  examples(command, 'mortar report latest', 'mortar report latest --out reports/today');
}
