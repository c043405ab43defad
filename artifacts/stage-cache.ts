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
}

/** Results by key. The entry is written last and once, so whoever finds it finds all that it names. */
export class StageCache {
  constructor(readonly artifacts: ArtifactStore) {}

  /** The result, or undefined where there is none or a part of what it names is gone. */
  async find(key: string): Promise<StageResult | undefined> {
    const result = await this.#read(key);
    if (!result) return undefined;
    for (const { digest } of Object.values(result.outputs)) {
      if (!(await this.artifacts.complete(digest))) {
        // A hit whose bytes are gone is a miss; without this the repaired result could not be written.
        await this.#objects.delete(`cache/${hexOf(key)}`);
        return undefined;
      }
    }
    return result;
  }

  /** Writes the result unless somebody was first, and gives the one that stands. */
  async commit(result: StageResult): Promise<{ readonly result: StageResult; readonly won: boolean }> {
    if (await this.#objects.putIfAbsent(`cache/${hexOf(result.key)}`, JSON.stringify(result)))
      return { result, won: true };
    return { result: (await this.#read(result.key)) ?? result, won: false };
  }

  async writeKey(key: string, document: KeyDocument): Promise<void> {
    await this.#objects.putIfAbsent(`keys/${hexOf(key)}`, JSON.stringify(document));
  }

  async keyDocument(key: string): Promise<KeyDocument | undefined> {
    const bytes = await this.#objects.get(`keys/${hexOf(key)}`);
    return bytes && (JSON.parse(bytes.toString('utf8')) as KeyDocument);
  }

  get #objects() {
    return this.artifacts.blobs.objects;
  }

  async #read(key: string): Promise<StageResult | undefined> {
    const bytes = await this.#objects.get(`cache/${hexOf(key)}`);
    return bytes && (JSON.parse(bytes.toString('utf8')) as StageResult);
  }
}
