import { Listing } from '../../artifacts/listing.js';
import type { Store } from '../../artifacts/open.js';
import { cacheName, type StageResult } from '../../artifacts/stage-cache.js';

/** Earlier runs that are read. */
const MOST_RUNS = 3;
/** Questions that are asked one by one before all names are listed. */
const FEW = 200;
/** As many names are listed for each stage at most: a store may hold far more than one plan needs. */
const NAMES_EACH = 8;

/** As many stages of a plan, or more, are worth a look at what earlier runs recorded. */
export const MANY = 200;

export type KnownResult = Pick<StageResult, 'outputs' | 'scalars'>;

/** What an earlier run recorded of a result. */
export interface RecordedResult extends KnownResult {
  /** Absent where that run itself had it from the cache. */
  readonly made?: { readonly run: string; readonly endedAt?: string };
}

/**
 * What a walk through thousands of stages would ask for one by one: what the results are, from the batches of earlier runs of the recipe,
 * and, where it comes to that, which results and bytes there are, by listing.
 */
export class KnownResults {
  #asked = 0;
  readonly #listed: { cache?: Promise<Listing>; blobs?: Promise<Listing> } = {};

  private constructor(
    private readonly store: Store,
    private readonly records: ReadonlyMap<string, RecordedResult>,
    private readonly stages: number,
  ) {}

  /** @param before only runs that are older than this one */
  static async read(store: Store, name: string, stages: number, before?: string): Promise<KnownResults> {
    return new KnownResults(store, await recordsOfRuns(store, name, before), stages);
  }

  /**
   * What an earlier run recorded, without a look at the store: an entry of the cache never changes, and what a run's record names is not
   * collected. That its bytes are there has to be found out by whoever reads them: see `LostInputs`.
   */
  believed(key: string): RecordedResult | undefined {
    return this.records.get(key);
  }

  /** Whether it is certain that there is no result. */
  async isMissing(key: string): Promise<boolean> {
    const entries = await this.#listing('cache');
    return entries !== undefined && entries.size(cacheName(key)) === undefined;
  }

  /** The result, whole; 'none' where there is none; undefined where the cache has to be asked. */
  async find(key: string): Promise<KnownResult | 'none' | undefined> {
    const entries = await this.#listing('cache');
    const there = entries?.size(cacheName(key));
    if (!entries || there === 'unknown') return undefined;
    if (there === undefined) return 'none';
    const known = this.believed(key) ?? (await this.store.stages.peek(key));
    for (const { digest } of Object.values(known?.outputs ?? {})) if (!(await this.complete(digest))) return undefined;
    return known;
  }

  /** Whether an artifact is there in full. */
  async complete(digest: string): Promise<boolean> {
    return this.store.artifacts.complete(digest, await this.#listing('blobs'));
  }

  async #listing(room: 'cache' | 'blobs'): Promise<Listing | undefined> {
    this.#asked += 1;
    if (this.#asked > FEW)
      this.#listed[room] ??= Listing.read(this.store.objects, `${room}/`, NAMES_EACH * this.stages);
    return this.#listed[room];
  }
}

async function recordsOfRuns(
  store: Store,
  name: string,
  before: string | undefined,
): Promise<ReadonlyMap<string, RecordedResult>> {
  const found = new Map<string, RecordedResult>();
  // Ids begin with their time.
  const ids = (await store.runs.ids()).filter((id) => before === undefined || id < before).slice(0, 2 * MOST_RUNS);
  const runs = await Promise.all(ids.map((id) => store.runs.run(id)));
  const alike = runs.flatMap((run) => (run?.name === name ? [run.id] : [])).slice(0, MOST_RUNS);
  for (const run of alike)
    for (const { key, outputs, scalars, state, endedAt } of await store.runs.batched(run)) {
      if (key === undefined || !outputs || !scalars) continue;
      const known = found.get(key);
      // A run that found it in the cache as well says nothing of who made it; an older one may.
      if (known?.made) continue;
      found.set(key, { ...(known ?? { outputs, scalars }), ...(state === 'done' ? { made: { run, endedAt } } : {}) });
    }
  return found;
}
