import { Listing } from '../artifacts/listing.js';
import type { Store } from '../artifacts/open.js';
import type { NodeRecord } from '../artifacts/run-records.js';
import { cacheName, type StageResult } from '../artifacts/stage-cache.js';

/** Earlier runs that are read. */
const MOST_RUNS = 3;
/** Questions that are asked one by one before all names are listed. */
const FEW = 200;
/** As many names are listed for each stage at most: a store may hold far more than one plan needs. */
const NAMES_EACH = 8;

export type KnownResult = Pick<StageResult, 'outputs' | 'scalars'>;

interface Listed {
  readonly entries: Listing;
  readonly blobs: Listing;
}

/**
 * What a walk through thousands of stages would ask for one by one: what the results are, from the batches of earlier runs of the recipe,
 * and, where it comes to that, which results and bytes there are, by listing.
 */
export class KnownResults {
  #asked = 0;
  #listed: Promise<Listed> | undefined;

  private constructor(
    private readonly store: Store,
    private readonly records: ReadonlyMap<string, NodeRecord>,
    private readonly stages: number,
  ) {}

  static async read(store: Store, name: string, runId: string, stages: number): Promise<KnownResults> {
    return new KnownResults(store, await recordsOfRuns(store, name, runId), stages);
  }

  /**
   * What an earlier run recorded, without a look at the store: an entry of the cache never changes, and what a run's record names is not
   * collected. That its bytes are there has to be found out by whoever reads them: see `LostInputs`.
   */
  believed(key: string): KnownResult | undefined {
    const { outputs, scalars } = this.records.get(key) ?? {};
    return outputs && scalars && { outputs, scalars };
  }

  /** The result, whole; 'none' where there is none; undefined where the cache has to be asked. */
  async find(key: string): Promise<KnownResult | 'none' | undefined> {
    const listed = await this.#listing();
    const there = listed?.entries.size(cacheName(key));
    if (!listed || there === 'unknown') return undefined;
    if (there === undefined) return 'none';
    const known = this.believed(key) ?? (await this.store.stages.peek(key));
    for (const { digest } of Object.values(known?.outputs ?? {}))
      if (!(await this.store.artifacts.complete(digest, listed.blobs))) return undefined;
    return known;
  }

  /** Whether an artifact is there in full. */
  async complete(digest: string): Promise<boolean> {
    return this.store.artifacts.complete(digest, (await this.#listing())?.blobs);
  }

  async #listing(): Promise<Listed | undefined> {
    this.#asked += 1;
    if (this.#asked > FEW) this.#listed ??= this.#list();
    return this.#listed;
  }

  async #list(): Promise<Listed> {
    const { objects } = this.store;
    const most = NAMES_EACH * this.stages;
    const [entries, blobs] = await Promise.all([
      Listing.read(objects, 'cache/', most),
      Listing.read(objects, 'blobs/', most),
    ]);
    return { entries, blobs };
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
