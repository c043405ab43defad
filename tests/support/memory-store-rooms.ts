import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { BlobStore } from '../../artifacts/blobs.js';
import { Claims } from '../../artifacts/claims.js';
import { WorkerLease } from '../../artifacts/leases.js';
import { ArtifactStore } from '../../artifacts/manifests.js';
import type { Store } from '../../artifacts/open.js';
import { RunRecords } from '../../artifacts/run-records.js';
import { ScheduleRecords } from '../../artifacts/schedule-records.js';
import { StageCache } from '../../artifacts/stage-cache.js';
import { Sweeps } from '../../artifacts/sweeps.js';
import { canonicalJson } from '../../recipe/canonical.js';
import type { Plan } from '../../recipe/plan.js';
import { MemoryStore } from '../artifacts/memory-store.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** All rooms of a bucket over the port in memory. */
export function memoryRooms(): Store {
  const objects = new MemoryStore();
  const folder = mkdtempSync(join(tmpdir(), 'mortar-rooms-'));
  folders.push(folder);
  const blobs = new BlobStore(objects, folder);
  const artifacts = new ArtifactStore(blobs);
  return {
    id: 'memory',
    objects,
    blobs,
    artifacts,
    stages: new StageCache(artifacts),
    runs: new RunRecords(objects),
    schedules: new ScheduleRecords(objects),
    sweeps: new Sweeps(objects),
    lease: new WorkerLease(objects),
    claims: new Claims(objects),
    cache: blobs.cache,
    close: () => undefined,
  };
}

/** The record of a run, as the engine's client writes it. */
export async function recordRun(store: Store, id: string, plan: Plan): Promise<void> {
  const { digest } = await store.blobs.put(canonicalJson(plan));
  await store.runs.create({
    id,
    name: plan.name,
    profile: plan.profile,
    plan: digest,
    recipe: digest,
    files: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    onFailure: 'hold',
    nodes: plan.nodes.length,
  });
}
