import { Option, type Command } from 'commander';
import { say } from '../output.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('worker')
    .description(
      'Run a worker in this terminal until Ctrl-C. On any machine that reaches Temporal and S3 it adds capacity.',
    )
    .addOption(new Option('--queue <name...>', 'queues to serve (default: cpu, sandbox, gpu)'))
    .option('--slots <number>', 'stages at once on each of these queues')
    .action(async (options: { queue?: string[]; slots?: string }) => {
      const [{ connect }, { connectionEnvironment }, { workerEnvironment }, { slotsOf }] = await Promise.all([
        import('../../services/up.js'),
        import('../../services/connection.js'),
        import('../../services/worker-environment.js'),
        import('../slots.js'),
      ]);
      const connection = connect();
      Object.assign(process.env, connectionEnvironment(connection), await workerEnvironment(say));
      const slots = slotsOf(options.queue, options.slots);
      if (slots) process.env['MORTAR_SLOTS'] = slots;
      say(
        `Worker for ${connection.temporal.address} and bucket ${connection.s3.bucket}${slots ? ` with ${slots}` : ''}; Ctrl-C stops it.`,
      );
      // The composition root stands outside the rooms; nothing else of the command line needs it.
      const { main } = (await import(new URL('../../worker.js', import.meta.url).href)) as {
        main: () => Promise<void>;
      };
      await main();
    });
  examples(command, 'mortar worker', 'mortar worker --queue gpu --slots 1');
}
