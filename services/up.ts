import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../recipe/errors.js';
import { ensureBucket, requireConditionalWrites } from './bucket.js';
import type { Connection } from './connection.js';
import { requireDiskSpace } from './disk-space.js';
import { assembleConnection, findServices, givenServices } from './find-services.js';
import { withLock } from './lock.js';
import { servicesDirectory } from './paths.js';
import type { Report } from './report.js';
import { ensureS3 } from './s3.js';
import { ensureTemporal, temporalAnswers } from './temporal.js';
import { ensureWorker } from './worker-service.js';
import { readServiceRecord, type ServiceRecord } from './service-record.js';

export interface Up {
  readonly directory: string;
  readonly connection: Connection;
  /** Those of the development services that are in use. */
  readonly services: {
    readonly temporal?: ServiceRecord;
    readonly s3?: ServiceRecord;
    readonly worker?: ServiceRecord;
  };
}

export interface UpOptions {
  /** @default true */
  readonly worker?: boolean;
  /** What the worker must find when it starts; the servers do not wait for it. */
  readonly beforeWorker?: Promise<unknown>;
}

/**
 * Makes everything a run needs answer: Temporal, S3 with its bucket, a worker. Does nothing where all of it does already.
 * @throws UserError `service-unreachable` where services named by the environment do not answer
 */
export async function up(report: Report, options: UpOptions = {}): Promise<Up> {
  const directory = servicesDirectory();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  requireDiskSpace(directory);
  return withLock(join(directory, 'up.lock'), 40 * 60_000, async () => {
    const given = givenServices();
    const [temporal, s3] = await Promise.all([
      given.temporal ? undefined : ensureTemporal(directory, report),
      given.s3 ? undefined : ensureS3(directory, report),
    ]);
    const connection = complete(assembleConnection(directory, { temporal, s3 }));
    await Promise.all([given.temporal ? requireTemporal(connection) : undefined, ensureBucket(connection)]);
    if (given.s3) await requireConditionalWrites(connection);
    await options.beforeWorker;
    const worker = options.worker === false ? undefined : await ensureWorker(directory, connection, report);
    return { directory, connection, services: { temporal, s3, worker } };
  });
}

/**
 * What runs already, for commands that start nothing.
 * @throws UserError `service-unreachable` where a part neither is named by the environment nor runs
 */
export function connect(): Connection {
  return complete(findServices(servicesDirectory()));
}

/**
 * The store that runs already, for commands that read records: Temporal may be down.
 * @throws UserError `service-unreachable`
 */
export function connectStore(): Connection['s3'] {
  const { s3 } = findServices(servicesDirectory());
  if (s3) return s3;
  throw new UserError(
    'service-unreachable',
    `S3 of ${servicesDirectory()} does not run. Start it with: mortar up, or name your own by AWS_ENDPOINT_URL_S3.`,
  );
}

/**
 * What runs already, for commands that look at runs: Temporal may be down, and is then expected where it was.
 * @throws UserError `service-unreachable` where there is no store
 */
export function connectRecords(): Connection {
  const directory = servicesDirectory();
  const s3 = connectStore();
  const { temporal } = assembleConnection(directory, { temporal: readServiceRecord(directory, 'temporal') });
  return { temporal: temporal ?? { address: '127.0.0.1:7233', namespace: 'default' }, s3 };
}

function complete({ temporal, s3 }: ReturnType<typeof findServices>): Connection {
  if (temporal && s3) return { temporal, s3 };
  const missing = [!temporal && 'Temporal', !s3 && 'S3'].filter(Boolean).join(' and ');
  throw new UserError(
    'service-unreachable',
    `${missing} of ${servicesDirectory()} does not run. Start it with: mortar up, or name your own by TEMPORAL_ADDRESS and AWS_ENDPOINT_URL_S3.`,
  );
}

async function requireTemporal({ temporal }: Connection): Promise<void> {
  if (await temporalAnswers(temporal.address, 5000)) return;
  throw new UserError(
    'service-unreachable',
    `Temporal at ${temporal.address} (TEMPORAL_ADDRESS) does not answer. Check the address and the network, or unset it to use a development server.`,
  );
}
