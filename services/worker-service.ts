import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Connection as TemporalConnection } from '@temporalio/client';
import { UserError } from '../recipe/errors.js';
import { connectionEnvironment, type Connection } from './connection.js';
import { isAlive, stopProcess } from './process-identity.js';
import type { Report } from './report.js';
import { readServiceRecord, writeServiceRecord, type ServiceRecord } from './service-record.js';
import { spawnService } from './spawn-service.js';
import { workerEnvironment } from './worker-environment.js';

/** The queue that every worker serves: the engine's own small activities. */
export const engineQueue = 'mortar';

/** Compiled worker, beside this file's own compiled form. */
const workerProgram = fileURLToPath(new URL('../worker.js', import.meta.url));
const buildStamp = fileURLToPath(new URL('../.build-hash', import.meta.url));

/** Milliseconds within which a living worker asks again: a poll waits for a minute at most. */
const pollInterval = 75_000;

/** Whether a worker polls the engine's queue now. */
export async function workerPolls(connection: Connection): Promise<boolean> {
  return (await pollersSince(connection, Date.now() - pollInterval)) > 0;
}

/** A worker of this checkout's code for the development services. One of an older build is replaced; its work goes on in the new one. */
export async function ensureWorker(directory: string, connection: Connection, report: Report): Promise<ServiceRecord> {
  const version = buildVersion();
  const offered = await workerEnvironment(report);
  const identity = workerIdentity(connection, offered);
  const known = readServiceRecord(directory, 'worker');
  if (known && isAlive(known)) {
    const sameServer = known.binary === identity;
    if (known.version === version && sameServer) return known;
    report('The worker runs an older build or other services; replacing it.');
    await stopProcess(known, 20_000);
  }
  if (!existsSync(workerProgram)) {
    throw new UserError(
      'not-built',
      `The worker is not compiled (${workerProgram} is missing). Run: node scripts/setup.mjs`,
    );
  }
  const since = Date.now();
  const started = await spawnService({
    service: 'worker',
    directory,
    command: process.execPath,
    arguments: ['--enable-source-maps', workerProgram],
    environment: { ...process.env, ...connectionEnvironment(connection), ...offered },
    healthy: async () => (await pollersSince(connection, since)) > 0,
    timeout: 90_000,
  });
  const record: ServiceRecord = {
    service: 'worker',
    ...started,
    port: 0,
    version,
    binary: identity,
    sha256: version,
    startedAt: new Date().toISOString(),
  };
  writeServiceRecord(directory, record);
  return record;
}

/** What a worker is bound to: it must be started anew when it would talk to other services or could offer something new. */
function workerIdentity({ temporal, s3 }: Connection, offered: Readonly<Record<string, string>>): string {
  const places = [
    workerProgram,
    `${temporal.address}/${temporal.namespace}`,
    `${s3.endpoint ?? s3.region}/${s3.bucket}`,
  ];
  return [...places, ...Object.entries(offered).map(([name, value]) => `${name}=${value}`)].join(' ');
}

function buildVersion(): string {
  return existsSync(buildStamp) ? readFileSync(buildStamp, 'utf8').trim() : 'unknown';
}

/** Pollers seen after a time: the server remembers those of dead workers for five minutes. */
async function pollersSince({ temporal }: Connection, since: number): Promise<number> {
  let connection: TemporalConnection | undefined;
  try {
    connection = await TemporalConnection.connect({ address: temporal.address, connectTimeout: 2000 });
    const { workflowService } = connection;
    const { pollers } = await connection.withDeadline(Date.now() + 3000, () =>
      workflowService.describeTaskQueue({
        namespace: temporal.namespace,
        taskQueue: { name: engineQueue },
        taskQueueType: 1, // TASK_QUEUE_TYPE_WORKFLOW
      }),
    );
    return (pollers ?? []).filter((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 >= since - 1000)
      .length;
  } catch {
    return 0;
  } finally {
    await connection?.close();
  }
}
