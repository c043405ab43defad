import { randomBytes } from 'node:crypto';
import { BlobStore } from './blobs.js';
import { Claims } from './claims.js';
import { requireConditionalWrites } from './conditional-writes.js';
import { cacheFolder } from './local-cache.js';
import { ArtifactStore } from './manifests.js';
import { RunRecords } from './run-records.js';
import { S3ObjectStore } from './s3.js';
import { WorkerLease } from './leases.js';
import { ScheduleRecords } from './schedule-records.js';
import { storeSettings } from './settings.js';
import { StageCache } from './stage-cache.js';
import type { ObjectStore } from './store.js';
import { Sweeps } from './sweeps.js';

/** All rooms of one bucket. */
export interface Store {
  /** Written once into the bucket; workflows of two buckets on one Temporal namespace do not meet. */
  readonly id: string;
  readonly objects: ObjectStore;
  readonly blobs: BlobStore;
  readonly artifacts: ArtifactStore;
  readonly stages: StageCache;
  readonly runs: RunRecords;
  readonly schedules: ScheduleRecords;
  /** What is being deleted at the moment. */
  readonly sweeps: Sweeps;
  /** Keeps what this process works with from being collected. */
  readonly lease: WorkerLease;
  /** Keeps small work from being done twice at once. */
  readonly claims: Claims;
  /** The worker's cache folder. */
  readonly cache: string;
  close(): void;
}

export interface OpenOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Gives up soon: for a command line that somebody waits for. */
  readonly impatient?: boolean;
}

export async function openStore({ environment = process.env, impatient = false }: OpenOptions = {}): Promise<Store> {
  const objects = new S3ObjectStore(
    storeSettings(environment),
    impatient ? { connectionTimeout: 2_000, requestTimeout: 5_000, attempts: 2 } : {},
  );
  try {
    const id = await storeId(objects);
    const sweeps = new Sweeps(objects);
    const blobs = new BlobStore(objects, cacheFolder(environment), sweeps);
    const artifacts = new ArtifactStore(blobs);
    const claims = new Claims(objects);
    return {
      id,
      objects,
      blobs,
      artifacts,
      stages: new StageCache(artifacts),
      runs: new RunRecords(objects),
      schedules: new ScheduleRecords(objects),
      sweeps,
      lease: new WorkerLease(objects),
      claims,
      cache: blobs.cache,
      close: () => {
        claims.close();
        objects.close();
      },
    };
  } catch (error) {
    objects.close();
    throw error;
  }
}

async function storeId(objects: S3ObjectStore): Promise<string> {
  // The id is there in all but the first use of a bucket; then the bucket and its conditional writes are known to be good.
  const present = await objects.get('store.json');
  if (present) return (JSON.parse(present.toString('utf8')) as { id: string }).id;
  await objects.ensureBucket();
  await requireConditionalWrites(objects);
  const id = randomBytes(4).toString('hex');
  if (await objects.putIfAbsent('store.json', JSON.stringify({ mortar: 1, id }))) return id;
  return storeId(objects);
}
