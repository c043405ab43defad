import { hexOf } from '../../artifacts/digest.js';
import { isInfrastructureError } from '../../recipe/errors.js';
import { lineOf, type ItemSegments, type StoredItem } from '../../artifacts/item-segments.js';

const MOST_ITEMS = 256;
const MOST_BYTES = 4 * 1024 * 1024;
/** A killed worker loses at most what finished in the last 2 seconds. */
const LONGEST = 2_000;

/** Writes finished items in segments while a shard works. */
export class Checkpoint {
  #lines: string[] = [];
  #bytes = 0;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  readonly #name: string;
  readonly #written: string[] = [];

  constructor(
    private readonly segments: ItemSegments,
    key: string,
    shard: number,
    attempt: number,
  ) {
    // Time first: segments are listed about in the order in which they were made.
    this.#name = `${new Date().toISOString().replace(/[-:.]/g, '')}-${hexOf(key).slice(0, 12)}-${shard}-${attempt}`;
  }

  async add(item: StoredItem): Promise<void> {
    if (this.#failure) throw this.#failure;
    const line = lineOf(item);
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#lines.length >= MOST_ITEMS || this.#bytes >= MOST_BYTES) await this.flush();
    else this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), LONGEST);
  }

  /** @throws what any earlier write in the background failed with */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    if (lines.length > 0) {
      this.#number += 1;
      const name = `${this.#name}-${String(this.#number).padStart(6, '0')}`;
      this.#writing = this.#writing.then(async () => {
        this.#written.push(await this.segments.append(name, lines.join('')));
      });
      this.#writing.catch((error: unknown) => (this.#failure ??= error));
    }
    await this.#writing;
  }

  /** Puts what was written into one segment. The items are safe already, so a merge that fails costs nothing but room. */
  async merge(): Promise<void> {
    await this.flush();
    await this.segments.merge(this.#written).catch((error: unknown) => {
      if (!isInfrastructureError(error)) throw error;
    });
  }
}
