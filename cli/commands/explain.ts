import type { Command } from 'commander';
import { print, printJson } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('explain')
    .description('Say why a stage ran or came from the cache: the fields of its key that changed since an earlier run.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('<stage>', 'address of a stage, also in a cell of the matrix')
    .option('--against <run>', 'which run to compare with (default: the newest earlier one that had the stage)')
    .option('--json', 'print { run, stage, state, key, against, differences, cause, roots }')
    .action(async (run: string, stage: string, options: { against?: string; json?: boolean }) => {
      const [{ withSession }, { explainStage }, { explanationLines }, { openNode }] = await Promise.all([
        import('../session.js'),
        import('../../engine/explain/explain-stage.js'),
        import('../plan/explanation-lines.js'),
        import('../run/open-node.js'),
      ]);
      await withSession(async ({ store }) => {
        const asked = await openNode(store, run, stage);
        const against = options.against === undefined ? undefined : await openNode(store, options.against, stage);
        const explanation = await explainStage(store, asked.run, asked.number, against);
        if (options.json) printJson(explanation);
        else for (const line of explanationLines(explanation)) print(line);
      });
    });
  examples(command, 'mortar explain latest validate', "mortar explain latest 'sft[easy]' --against 20260101");
}
