import type { Command } from 'commander';
import { print, printJson } from '../output.js';

export function register(program: Command): void {
  program
    .command('explain')
    .description('Say why a stage ran or came from the cache: the fields of its key that changed since an earlier run.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('<stage>', 'address of a stage')
    .option('--against <run>', 'which run to compare with (default: the last earlier one that had the stage)')
    .option('--json', 'print { run, stage, state, key, against, differences }')
    .action(async (run: string, stage: string, options: { against?: string; json?: boolean }) => {
      const [{ withSession }, { explainStage, renderExplanation }] = await Promise.all([
        import('../session.js'),
        import('../explain-stage.js'),
      ]);
      await withSession(async ({ store }) => {
        const explanation = await explainStage(store, run, stage, options.against);
        if (options.json) printJson(explanation);
        else for (const line of renderExplanation(explanation)) print(line);
      });
    });
}
