import type { Command } from 'commander';
import { print, printJson } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('diff')
    .description('Compare two runs: params, stages with why they differ, numbers and scores that came out, times.')
    .argument('<before>', 'run id, a unique part of it, or latest')
    .argument('<after>', 'the other run')
    .option('--json', 'print { params, stages, scalars, scores, durations }')
    .action(async (before: string, after: string, options: { json?: boolean }) => {
      const [{ withSession }, { viewRun }, { compareRuns }, { differenceLines }] = await Promise.all([
        import('../session.js'),
        import('../run/run-view.js'),
        import('../../engine/explain/compare-runs.js'),
        import('../plan/difference-lines.js'),
      ]);
      await withSession(async ({ store }) => {
        const difference = await compareRuns(store, await viewRun(store, before), await viewRun(store, after));
        if (options.json) printJson(difference);
        else for (const line of differenceLines(difference)) print(line);
      });
    });
  examples(command, 'mortar diff 20260101 latest');
}
