import type { ItemResult } from '../activities/activity.js';
import { hexOf } from './digest.js';
import { jsonLines } from './manifests.js';
import type { ObjectStore } from './store.js';

/** One line of a segment. */
export interface StoredItem {
  /** Hash of the map key, the item's key and its value. */
  readonly id: string;
  readonly attempt: number;
  readonly result: ItemResult;
}

/** Finished items in segments: one object an item would be millions of objects. */
export class ItemSegments {
  constructor(
    readonly objects: ObjectStore,
    readonly mapKey: string,
  ) {}

  /** @param name unique a writer, such as `<stage>-<shard>-<attempt>-<number>` */
  async append(name: string, items: readonly StoredItem[]): Promise<void> {
    await this.objects.put(
      `items/${hexOf(this.mapKey)}/${name}`,
      items.map((item) => `${JSON.stringify(item)}\n`).join(''),
    );
  }

  async load(): Promise<Map<string, StoredItem>> {
    const merged = new Map<string, StoredItem>();
    for await (const { key } of this.objects.list(`items/${hexOf(this.mapKey)}/`)) {
      const bytes = await this.objects.get(key);
      if (bytes) mergeItems(merged, jsonLines<StoredItem>(bytes, key));
    }
    return merged;
  }
}

/**
 * Adds a segment's items, segments in the order of their names. A final result beats one that may still change; between two final
 * ones the first stays, so that a result somebody has already read never changes.
 */
export function mergeItems(merged: Map<string, StoredItem>, items: Iterable<StoredItem>): void {
  for (const item of items) {
    const present = merged.get(item.id);
    if (!present || !isFinal(present.result)) merged.set(item.id, item);
  }
}

/** Done, or failed by its own fault: not worked on again. */
export function isFinal(result: ItemResult): boolean {
  return result.ok || result.class === 'subject';
}
