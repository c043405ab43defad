import type { Command } from 'commander';
import { say } from '../output.js';
import { table } from '../table.js';
import { examples } from '../examples.js';

export function register(program: Command): void {
  const command = program
    .command('up')
    .description('Start the development services: Temporal, S3 and a worker. Does nothing where they run.')
    .option('--no-worker', 'start no worker')
    .option('--json', 'print addresses as JSON')
    .action(async (options: { worker: boolean; json?: boolean }) => {
      const [{ up }, { printJson }] = await Promise.all([import('../../services/up.js'), import('../output.js')]);
      const { connection, services, directory } = await up(say, { worker: options.worker });
      const { temporal, s3 } = connection;
      if (options.json) {
        const { credentials: _credentials, ...shown } = s3;
        printJson({ directory, temporal, s3: shown, services });
        return;
      }
      const rows = [
        [
          'temporal',
          temporal.address,
          services.temporal ? `pid ${services.temporal.pid}` : 'yours',
          services.temporal?.version ?? '',
        ],
        [
          's3',
          `${s3.endpoint ?? 'AWS'} bucket ${s3.bucket}`,
          services.s3 ? `pid ${services.s3.pid}` : 'yours',
          services.s3?.version ?? '',
        ],
        ...(services.worker
          ? [['worker', 'every queue', `pid ${services.worker.pid}`, services.worker.version.slice(0, 12)]]
          : []),
      ];
      for (const line of table(['SERVICE', 'ADDRESS', 'PROCESS', 'VERSION'], rows)) say(line);
      if (temporal.ui) say(`Temporal's page: ${temporal.ui}`);
      say(`State and logs: ${directory}`);
    });
  examples(command, 'mortar up');
}
