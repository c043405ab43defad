import { Listing } from '../artifacts/listing.js';
import type { Store } from '../artifacts/open.js';
import type { NodeRecord } from '../artifacts/run-records.js';
import { cacheName, type StageResult } from '../artifacts/stage-cache.js';

/** Earlier runs that are read. */
const MOST_RUNS = 3;
/** As many names are listed for each stage at most: a store may hold far more than one plan needs. */
const NAMES_EACH = 8;

export type KnownResult = Pick<StageResult, 'outputs' | 'scalars'>;

/**
 * What a walk through thousands of stages would ask for one by one: which results and bytes there are, by listing, and what the results
 * are, from the batches of earlier runs of the recipe. An entry of the cache never changes, so that an earlier run's record of it is
 * as good as the entry while that is there.
 */
export class KnownResults {
  private constructor(
    private readonly store: Store,
    private readonly entries: Listing,
    private readonly blobs: Listing,
    private readonly records: ReadonlyMap<string, NodeRecord>,
  ) {}

  static async read(store: Store, name: string, runId: string, stages: number): Promise<KnownResults> {
    const [entries, blobs, records] = await Promise.all([
      Listing.read(store.objects, 'cache/', NAMES_EACH * stages),
      Listing.read(store.objects, 'blobs/', NAMES_EACH * stages),
      recordsOfRuns(store, name, runId),
    ]);
    return new KnownResults(store, entries, blobs, records);
  }

  /** The result, whole; 'none' where there is none; undefined where the cache has to be asked. */
  async find(key: string): Promise<KnownResult | 'none' | undefined> {
    const there = this.entries.size(cacheName(key));
    if (there === undefined) return 'none';
    const { outputs, scalars } = this.records.get(key) ?? {};
    if (there === 'unknown' || !outputs || !scalars) return undefined;
    for (const { digest } of Object.values(outputs))
      if (!(await this.store.artifacts.complete(digest, this.blobs))) return undefined;
    return { outputs, scalars };
  }
}

async function recordsOfRuns(store: Store, name: string, runId: string): Promise<ReadonlyMap<string, NodeRecord>> {
  const records = new Map<string, NodeRecord>();
  // Ids begin with their time.
  const ids = (await store.runs.ids()).filter((id) => id < runId).slice(0, 2 * MOST_RUNS);
  const runs = await Promise.all(ids.map((id) => store.runs.run(id)));
  for (const run of runs.filter((run) => run?.name === name).slice(0, MOST_RUNS)) {
    for (const record of await store.runs.batched(run?.id ?? ''))
      if (record.key !== undefined && record.outputs && !records.has(record.key)) records.set(record.key, record);
  }
  return records;
}
