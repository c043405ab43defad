import { hexOf } from '../artifacts/digest.js';
import type { ItemSegments, StoredItem } from '../artifacts/item-segments.js';

const MOST_ITEMS = 256;
const MOST_BYTES = 4 * 1024 * 1024;
/** A killed worker loses at most what finished in the last 2 seconds. */
const LONGEST = 2_000;

/** Writes finished items in segments while a shard works. */
export class Checkpoint {
  #items: StoredItem[] = [];
  #bytes = 0;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  readonly #name: string;

  constructor(
    private readonly segments: ItemSegments,
    key: string,
    shard: number,
    attempt: number,
  ) {
    // Time first: of two final results of one item, the one that was there first stays.
    this.#name = `${new Date().toISOString().replace(/[-:.]/g, '')}-${hexOf(key).slice(0, 12)}-${shard}-${attempt}`;
  }

  async add(item: StoredItem): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#items.push(item);
    this.#bytes += JSON.stringify(item).length;
    if (this.#items.length >= MOST_ITEMS || this.#bytes >= MOST_BYTES) await this.flush();
    else this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), LONGEST);
  }

  /** @throws what any earlier write in the background failed with */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    if (items.length > 0) {
      this.#number += 1;
      const name = `${this.#name}-${String(this.#number).padStart(6, '0')}`;
      this.#writing = this.#writing.then(() => this.segments.append(name, items));
      this.#writing.catch((error: unknown) => (this.#failure ??= error));
    }
    await this.#writing;
  }
}
