import type { ItemResult } from '../activities/activity.js';
import { sha256 } from '../recipe/canonical.js';
import { InfrastructureError } from '../recipe/errors.js';
import { hexOf } from './digest.js';
import { jsonLines } from './json-lines.js';
import type { ObjectStore } from './store.js';
import { keysUnder } from './keys-under.js';

/** One line of a segment. */
export interface StoredItem {
  /** Hash of the map key, the item's key and its value. */
  readonly id: string;
  readonly attempt: number;
  /** When it was there, milliseconds since 1970: decides between two results of one item. Older stores have it in the segment's name. */
  readonly at?: number;
  readonly result: ItemResult;
}

/** Merged segments are about this large; smaller ones are merged. */
const MERGED_BYTES = 16 * 1024 * 1024;
/** As many small segments are left alone: a merge costs more than they do. */
const MOST_SMALL = 16;
/** A reading begins anew when somebody merges what it reads; so often that it cannot be chance. */
const MOST_READINGS = 20;

/** Finished items in segments: one object an item would be millions of objects. */
export class ItemSegments {
  constructor(
    readonly objects: ObjectStore,
    readonly mapKey: string,
  ) {}

  /**
   * @param name unique a writer, such as `<time>-<stage>-<shard>-<attempt>-<number>`
   * @param lines of stored items
   * @returns the object's name
   */
  async append(name: string, lines: string): Promise<string> {
    const key = `${this.#prefix}${name}`;
    await this.objects.put(key, lines);
    return key;
  }

  /**
   * All stored items, a segment at a time. A segment that is gone was merged into another one: then all is read anew.
   * @param begin makes what the items of one reading go into
   */
  async read<T>(begin: () => T | Promise<T>, add: (into: T, item: StoredItem) => void | Promise<void>): Promise<T> {
    readings: for (let reading = 1; reading <= MOST_READINGS; reading += 1) {
      const into = await begin();
      // All names before the first look: whoever merges deletes the first segment first, so that none can be missed unseen.
      for (const name of await this.names()) {
        const bytes = await this.objects.get(name);
        if (!bytes) continue readings;
        for (const item of itemsOf(bytes, name)) await add(into, item);
      }
      return into;
    }
    throw new InfrastructureError(
      'items-unsteady',
      `The segments in ${this.#prefix} changed during each of ${MOST_READINGS} readings. Retry the stage.`,
    );
  }

  async names(): Promise<string[]> {
    return keysUnder(this.objects, this.#prefix);
  }

  /** Forgets items, so that they are worked on again. */
  async drop(isDropped: (id: string) => boolean): Promise<void> {
    for (const key of await this.names()) {
      const bytes = await this.objects.get(key);
      if (!bytes) continue;
      const items = [...itemsOf(bytes, key)];
      const left = items.filter(({ id }) => !isDropped(id));
      if (left.length === items.length) continue;
      if (left.length === 0) await this.objects.delete(key);
      else await this.objects.put(key, left.map(lineOf).join(''));
    }
  }

  /** Merges all small segments of the map, where there are many. */
  async mergeSmall(): Promise<void> {
    const small: string[] = [];
    for await (const { key, size } of this.objects.list(this.#prefix)) if (size < MERGED_BYTES / 2) small.push(key);
    if (small.length > MOST_SMALL) await this.merge(small);
  }

  /**
   * Puts segments into few larger ones. The merged one is there before the first of its parts goes, so a kill in between leaves the same
   * items twice, which changes nothing; where a part is gone somebody else has merged it, and nothing is written.
   */
  async merge(names: readonly string[]): Promise<void> {
    let parts: string[] = [];
    let lines: string[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      // The name says what it was made from: two who merge different parts never write one object.
      const [first = ''] = parts;
      const base = first.replace(/-m[0-9a-f]{12}$/, '');
      if (parts.length > 1) {
        await this.objects.put(`${base}-m${hexOf(sha256(parts.join('\n'))).slice(0, 12)}`, lines.join(''));
        for (const part of parts) await this.objects.delete(part);
      }
      parts = [];
      lines = [];
      size = 0;
    };
    for (const name of names) {
      const bytes = await this.objects.get(name);
      if (!bytes) return;
      if (size + bytes.length > MERGED_BYTES) await flush();
      parts.push(name);
      for (const item of itemsOf(bytes, name)) lines.push(lineOf(item));
      size += bytes.length;
    }
    await flush();
  }

  get #prefix(): string {
    return `items/${hexOf(this.mapKey)}/`;
  }
}

export function lineOf(item: StoredItem): string {
  return `${JSON.stringify(item)}\n`;
}

function* itemsOf(bytes: Buffer, name: string): Iterable<StoredItem> {
  const at = timeOf(name);
  for (const item of jsonLines<StoredItem>(bytes, name)) yield item.at === undefined ? { ...item, at } : item;
}

/** Milliseconds since 1970 of a name such as `20260101T101112131Z-...`. */
function timeOf(name: string): number {
  const [, date, hours, minutes, seconds, fraction] = /(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z[^/]*$/.exec(name) ?? [];
  if (!date) return 0;
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}.${fraction}Z`) || 0;
}
