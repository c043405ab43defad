import type { ItemResult } from '../activities/activity.js';
import { DigestTable, grown } from './digest-table.js';
import type { StoredItem } from './item-segments.js';

const KINDS = ['ok', 'subject', 'infrastructure', 'unknown'] as const;
export type ItemKind = (typeof KINDS)[number];

/** Where an item's line stands in a local file. */
export interface Place {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Which result of each item stands, in some 50 bytes an item: the results themselves may not fit into memory. */
export class ItemIndex {
  readonly #table = new DigestTable();
  #kinds = new Uint8Array(1024);
  #times = new Float64Array(1024);
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);

  get size(): number {
    return this.#table.size;
  }

  /**
   * Takes note of a result, and says whether it stands now. A final result beats one that may still change. Of two final ones the
   * first stays, so that a result somebody has already read never changes; of two others the last. In whatever order they come.
   */
  add({ id, at = 0, result }: StoredItem): boolean {
    const before = this.#table.size;
    const number = this.#table.add(id);
    if (number === before) this.#makeRoom(number);
    else {
      const present = KINDS[this.#kinds[number] ?? 0] ?? 'ok';
      const time = this.#times[number] ?? 0;
      if (isFinalKind(present) && (!isFinal(result) || at >= time)) return false;
      if (!isFinalKind(present) && !isFinal(result) && at < time) return false;
    }
    this.#kinds[number] = KINDS.indexOf(kindOf(result));
    this.#times[number] = at;
    return true;
  }

  /** Says where the result that was added last can be read. */
  place(id: string, { offset, length }: Place): void {
    const number = this.#table.find(id);
    this.#offsets[number] = offset;
    this.#lengths[number] = length;
  }

  kind(id: string): ItemKind | undefined {
    const number = this.#table.find(id);
    return number < 0 ? undefined : KINDS[this.#kinds[number] ?? 0];
  }

  placeOf(id: string): Place | undefined {
    const number = this.#table.find(id);
    return number < 0 ? undefined : { offset: this.#offsets[number] ?? 0, length: this.#lengths[number] ?? 0 };
  }

  #makeRoom(number: number): void {
    if (number < this.#kinds.length) return;
    this.#kinds = grown(this.#kinds);
    this.#times = grown(this.#times);
    this.#offsets = grown(this.#offsets);
    this.#lengths = grown(this.#lengths);
  }
}

/** Done, or failed by its own fault: not worked on again. */
export function isFinal(result: ItemResult): boolean {
  return isFinalKind(kindOf(result));
}

export function isFinalKind(kind: ItemKind): boolean {
  return kind === 'ok' || kind === 'subject';
}

function kindOf(result: ItemResult): ItemKind {
  return result.ok ? 'ok' : result.class;
}
