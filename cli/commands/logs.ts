import type { Command } from 'commander';
import { paint, print } from '../output.js';

export function register(program: Command): void {
  program
    .command('logs')
    .description('Print the log of one stage of a run, or of all its stages by time.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('[stage]', 'address of a stage, as `mortar status` shows it')
    .option('--level <level>', 'least level: debug, info, warn, error', 'info')
    .option('--json', 'print entries as JSON lines')
    .action(async (run: string, stage: string | undefined, options: { level: string; json?: boolean }) => {
      const [{ withSession }, { findNode, viewRun }, { readStageLog }] = await Promise.all([
        import('../session.js'),
        import('../run-view.js'),
        import('../../engine/stage-log.js'),
      ]);
      const least = levels.indexOf(options.level);
      if (least < 0) {
        const { UserError } = await import('../../recipe/errors.js');
        throw new UserError('unknown-level', `--level is '${options.level}'; it can be ${levels.join(', ')}.`);
      }
      await withSession(async ({ store }) => {
        const view = await viewRun(store, run);
        const wanted = stage === undefined ? undefined : findNode(view, stage);
        const entries = [];
        for (const node of view.nodes.values()) {
          if (!node.key || (wanted !== undefined && node.node !== wanted)) continue;
          // A cached stage's log is that of the run which made its result.
          for (const entry of await readStageLog(store.objects, node.key)) entries.push({ stage: node.id, ...entry });
        }
        entries.sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
        for (const entry of entries) {
          if (levels.indexOf(entry.level) < least) continue;
          if (options.json) print(JSON.stringify(entry));
          else {
            const fields = entry.fields ? ` ${JSON.stringify(entry.fields)}` : '';
            const line = `${entry.time} ${entry.level.padEnd(5)} ${entry.stage}  ${entry.message}${fields}`;
            print(entry.level === 'error' ? paint('red', line, process.stdout) : line);
          }
        }
      });
    });
}

const levels = ['debug', 'info', 'warn', 'error'];
