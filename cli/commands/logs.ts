import { Option, type Command } from 'commander';
import { examples } from '../examples.js';
import { levels } from '../run/log-lines.js';

interface LogsOptions {
  readonly level: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('logs')
    .description('Print the log of one stage of a run, or of all its stages by time.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .argument('[stage]', 'address of a stage, as `mortar status` shows it')
    .option('-f, --follow', 'print what is added until the run (or the stage) ends or waits for a decision')
    .addOption(new Option('--level <level>', 'least level').choices(levels).default('info'))
    .option('--json', 'print entries as JSON lines')
    .addHelpText('after', '\nWith --follow the exit code is that of the run or the stage, as for `mortar watch`.')
    .action(async (run: string, stage: string | undefined, options: LogsOptions) => {
      const [{ logPrinter }, { findNode, viewRun }] = await Promise.all([
        import('../run/log-lines.js'),
        import('../run/run-view.js'),
      ]);
      const show = logPrinter(options);
      if (options.follow) {
        const [{ withRecords }, { followLogs }] = await Promise.all([
          import('../run/with-engine.js'),
          import('../run/follow-logs.js'),
        ]);
        await withRecords(run, async (client, id) => {
          const wanted = stage === undefined ? undefined : findNode(await viewRun(client.store, id), stage);
          process.exitCode = await followLogs(client, id, wanted, show);
        });
        return;
      }
      const [{ withSession }, { LogReader }] = await Promise.all([
        import('../session.js'),
        import('../../engine/client/log-reader.js'),
      ]);
      await withSession(async ({ store }) => {
        const view = await viewRun(store, run);
        const wanted = stage === undefined ? undefined : findNode(view, stage);
        const nodes = [...view.nodes.values()].filter(({ node }) => wanted === undefined || node === wanted);
        show(await new LogReader(store.objects).next(nodes));
      });
    });
  examples(command, 'mortar logs latest', 'mortar logs latest validate --follow --level warn');
}
