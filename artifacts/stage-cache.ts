import type { KeyDocument } from '../recipe/key.js';
import type { JsonObject } from '../recipe/json.js';
import { hexOf } from './digest.js';
import type { ArtifactStore } from './manifests.js';

/** What a finished stage left: `cache/<key>`. */
export interface StageResult {
  readonly key: string;
  /** By output name. */
  readonly outputs: Readonly<Record<string, { readonly kind: string; readonly digest: string }>>;
  readonly scalars: JsonObject;
  /** Who made it and when; never part of a digest. */
  readonly provenance: JsonObject;
  /** What the key says, of a stage that was over too soon for an object of its own: see `StageCache.keyDocument`. */
  readonly document?: KeyDocument;
}

/** Results of this process's own that it need not ask for, and for how many milliseconds. */
const MOST_OWN = 1_000;
const OWN_LASTS = 30_000;

/** Results by key. The entry is written last and once, so whoever finds it finds all that it names. */
export class StageCache {
  /** What was committed here a moment ago, by key: a run asks for what its worker has just done. */
  readonly #own = new Map<string, { readonly result: StageResult; readonly at: number }>();

  constructor(readonly artifacts: ArtifactStore) {}

  /** The result, or undefined where there is none or a part of what it names is gone. */
  async find(key: string): Promise<StageResult | undefined> {
    const result = await this.#read(key);
    if (!result) return undefined;
    for (const { digest } of Object.values(result.outputs)) {
      if (!(await this.artifacts.complete(digest))) {
        // A hit whose bytes are gone is a miss; without this the repaired result could not be written. Whoever repairs a map has to
        // know that stored items may lack their bytes as well.
        this.#own.delete(key);
        await this.#objects.put(repairName(key), '{}');
        await this.#objects.delete(cacheName(key));
        return undefined;
      }
    }
    return result;
  }

  /** The result as it is written down, without a look at the bytes that it names: for a plan, which changes nothing, and for what was just made. */
  async peek(key: string): Promise<StageResult | undefined> {
    const own = this.#own.get(key);
    return own && Date.now() - own.at < OWN_LASTS ? own.result : this.#read(key);
  }

  /** Writes the result unless somebody was first, and gives the one that stands. */
  async commit(result: StageResult): Promise<{ readonly result: StageResult; readonly won: boolean }> {
    if (await this.#objects.putIfAbsent(cacheName(result.key), JSON.stringify(result))) {
      this.#own.delete(result.key);
      this.#own.set(result.key, { result, at: Date.now() });
      const [oldest] = this.#own.keys();
      if (this.#own.size > MOST_OWN && oldest !== undefined) this.#own.delete(oldest);
      return { result, won: true };
    }
    return { result: (await this.#read(result.key)) ?? result, won: false };
  }

  async writeKey(key: string, document: KeyDocument): Promise<void> {
    await this.#objects.putIfAbsent(`keys/${hexOf(key)}`, JSON.stringify(document));
  }

  /** `keys/<key>`, of work that takes long or has failed; what is done in a moment keeps it in its result. */
  async keyDocument(key: string): Promise<KeyDocument | undefined> {
    const bytes = await this.#objects.get(`keys/${hexOf(key)}`);
    return bytes ? (JSON.parse(bytes.toString('utf8')) as KeyDocument) : (await this.#read(key))?.document;
  }

  get #objects() {
    return this.artifacts.blobs.objects;
  }

  async #read(key: string): Promise<StageResult | undefined> {
    const bytes = await this.#objects.get(cacheName(key));
    return bytes && (JSON.parse(bytes.toString('utf8')) as StageResult);
  }
}

export function cacheName(key: string): string {
  return `cache/${hexOf(key)}`;
}

/** Says that a result of this key was there and had lost some of its bytes. */
export function repairName(key: string): string {
  return `stages/${hexOf(key)}/repair.json`;
}
