import type { Command } from 'commander';
import { print, printJson } from '../output.js';

export function register(program: Command): void {
  program
    .command('diff')
    .description('Compare two runs: params, stages by what they did, and the numbers that came out.')
    .argument('<before>', 'run id, a unique part of it, or latest')
    .argument('<after>', 'the other run')
    .option('--json', 'print { params, stages, scalars }')
    .action(async (before: string, after: string, options: { json?: boolean }) => {
      const [{ withSession }, { viewRun }, { diffRuns, renderRunDifference }] = await Promise.all([
        import('../session.js'),
        import('../run-view.js'),
        import('../diff-runs.js'),
      ]);
      await withSession(async ({ store }) => {
        const difference = diffRuns(await viewRun(store, before), await viewRun(store, after));
        if (options.json) printJson(difference);
        else for (const line of renderRunDifference(difference)) print(line);
      });
    });
}
