import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { servicesDirectory } from './paths.js';
import { isAlive, stopProcess } from './process-identity.js';
import type { Report } from './report.js';
import { readServiceRecord, removeServiceRecord, type ServiceName } from './service-record.js';

/** Workers first, so that they can say goodbye to a server that still runs. Milliseconds before each is killed. */
const order: readonly (readonly [ServiceName, number])[] = [
  ['worker', 20_000],
  ['temporal', 10_000],
  ['s3', 5000],
];

/** Stops all that `up` started. Data stays. Returns what was stopped. */
export async function down(report: Report): Promise<ServiceName[]> {
  const directory = servicesDirectory();
  if (!existsSync(directory)) return [];
  return withLock(join(directory, 'up.lock'), 60_000, async () => {
    const stopped: ServiceName[] = [];
    for (const [service, grace] of order) {
      const record = readServiceRecord(directory, service);
      if (!record) continue;
      if (isAlive(record)) {
        await stopProcess(record, grace);
        stopped.push(service);
        report(`Stopped ${service} (pid ${record.pid}).`);
      }
      // The servers' records stay, without a process: the next start takes the same ports, so that bookmarks stay good.
      if (service === 'worker') removeServiceRecord(directory, service);
    }
    return stopped;
  });
}
