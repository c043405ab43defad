import { createHash } from 'node:crypto';
import type { MapItem } from '../../activities/activity.js';
import type { BlobStore } from '../../artifacts/blobs.js';
import { DigestTable, grown } from '../../artifacts/digest-table.js';
import { hexOf } from '../../artifacts/digest.js';
import { isFinalKind, ItemIndex, type Place } from '../../artifacts/item-index.js';
import { ItemSegments, type StoredItem } from '../../artifacts/item-segments.js';
import { collectBlobs } from '../../artifacts/manifests.js';
import type { Store } from '../../artifacts/open.js';
import { each, mapName } from '../../artifacts/reachable.js';
import { repairName } from '../../artifacts/stage-cache.js';
import { digestOf } from '../../recipe/canonical.js';
import type { Blob } from '../../schemas/records.js';
import type { ItemSplit } from '../../workflows/stage-activities.js';
import { orderByGroup, shardSizes } from '../../workflows/shards.js';
import { LineFile } from './line-file.js';
import type { WorkOrder } from '../orders/order.js';

/** Checked at once while bytes of stored results are looked for. */
const CHECKED_AT_ONCE = 256;

/** A line of a shard. */
export interface ShardLine {
  readonly id: string;
  readonly item: MapItem;
}

/** A line of the list of all items. */
export interface ListedItem {
  readonly id: string;
  readonly key: string;
}

/**
 * Writes the list of all items, and shards of those that still have to be worked on. Of each item only numbers stay in memory.
 * @param directory local, for the lines meanwhile
 */
export async function splitItems(
  store: Store,
  order: WorkOrder,
  mapKey: string,
  items: AsyncIterable<MapItem> | Iterable<MapItem>,
  directory: string,
): Promise<ItemSplit> {
  const stored = await storedItems(store, order, mapKey);
  const keys = new DigestTable();
  const left = new LinesLeft(await LineFile.create(directory));
  const list = await LineFile.create(directory);
  try {
    let finished = 0;
    let subject = 0;
    for await (const item of items) {
      const total = keys.size;
      if (keys.add(createHash('sha256').update(item.key).digest('hex')) < total)
        throw new Error(`${order.document.activity} lists the item ${item.key} twice`);
      const id = digestOf([mapKey, item.key, item.value]);
      await list.add(JSON.stringify({ id, key: item.key } satisfies ListedItem));
      const kind = stored.kind(id);
      if (kind === undefined || !isFinalKind(kind)) await left.add({ id, item });
      else {
        finished += 1;
        if (kind === 'subject') subject += 1;
      }
    }
    await list.flush();
    await store.objects.upload(itemsName(order), list.path);
    const shards = await left.write((shard, text) => store.objects.put(shardName(order, shard), text));
    return { total: keys.size, finished, subject, shards };
  } finally {
    await Promise.all([list.remove(), left.lines.remove()]);
  }
}

/** Lines of items that are to be worked on, and what shards are made by. */
class LinesLeft {
  #size = 0;
  #groups = new Uint32Array(1024);
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  readonly #numbers = new Map<string, number>();
  #groupCount = 0;

  constructor(readonly lines: LineFile) {}

  async add(line: ShardLine): Promise<void> {
    const { offset, length } = await this.lines.add(JSON.stringify(line));
    const number = this.#size;
    this.#size += 1;
    if (number === this.#groups.length) {
      this.#groups = grown(this.#groups);
      this.#offsets = grown(this.#offsets);
      this.#lengths = grown(this.#lengths);
    }
    this.#groups[number] = this.#groupOf(line.item.group);
    this.#offsets[number] = offset;
    this.#lengths[number] = length;
  }

  /** Gives the number of items in each shard. */
  async write(put: (shard: number, text: string) => Promise<void>): Promise<number[]> {
    const order = orderByGroup(this.#groups.subarray(0, this.#size));
    const sizes = shardSizes(this.#size);
    let next = 0;
    for (const [shard, size] of sizes.entries()) {
      const texts: string[] = [];
      for (const end = next + size; next < end; next += 1)
        texts.push(await this.lines.line(this.#place(order[next] ?? 0)));
      await put(shard, texts.join(''));
    }
    return sizes;
  }

  /** An item with no group is one by itself. */
  #groupOf(name: string | undefined): number {
    const known = name === undefined ? undefined : this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#groupCount;
    this.#groupCount += 1;
    if (name !== undefined) this.#numbers.set(name, number);
    return number;
  }

  #place(number: number): Place {
    return { offset: this.#offsets[number] ?? 0, length: this.#lengths[number] ?? 0 };
  }
}

/** Says that this stage needs the items of its map, and then looks which there are. */
async function storedItems(store: Store, order: WorkOrder, mapKey: string): Promise<ItemIndex> {
  const segments = new ItemSegments(store.objects, mapKey);
  await store.objects.put(mapName(hexOf(order.key)), JSON.stringify({ mapKey }));
  const lastSweep = await store.sweeps.last();
  let stored = await indexOf(segments);
  if (await store.sweeps.passed(await segments.names(), lastSweep)) stored = await indexOf(segments);
  if (order.again !== undefined && (await forgetBad(store, order, order.again, stored, segments)))
    stored = await indexOf(segments);
  if (!(await store.objects.head(repairName(order.key)))) return stored;
  const broken = await brokenItems(segments, store.blobs);
  if (broken.size > 0) await segments.drop((id) => broken.has(id));
  await store.objects.delete(repairName(order.key));
  return indexOf(segments);
}

async function indexOf(segments: ItemSegments): Promise<ItemIndex> {
  return segments.read(
    () => new ItemIndex(),
    (index, item) => void index.add(item),
  );
}

/** Forgets bad items once, however often the stage is split: those that then fail again have failed for good. */
async function forgetBad(
  store: Store,
  order: WorkOrder,
  since: string,
  stored: ItemIndex,
  segments: ItemSegments,
): Promise<boolean> {
  const marker = `stages/${hexOf(order.key)}/again-${since.replace(/[-:.]/g, '')}`;
  if (await store.objects.head(marker)) return false;
  await segments.drop((id) => stored.kind(id) !== undefined && stored.kind(id) !== 'ok');
  await store.objects.put(marker, '');
  return true;
}

/** Items whose result names bytes that the store has lost. */
async function brokenItems(segments: ItemSegments, blobs: BlobStore): Promise<ReadonlySet<string>> {
  const check = async ({ broken, waiting }: { broken: Set<string>; waiting: StoredItem[] }): Promise<void> => {
    await each(waiting.splice(0), async ({ id, result }) => {
      const named = new Map<string, Blob>();
      collectBlobs(result, named);
      for (const blob of named.values()) if (!(await blobs.has(blob))) broken.add(id);
    });
  };
  const found = await segments.read(
    () => ({ broken: new Set<string>(), waiting: [] as StoredItem[] }),
    async (into, item) => {
      into.waiting.push(item);
      if (into.waiting.length >= CHECKED_AT_ONCE) await check(into);
    },
  );
  await check(found);
  return found.broken;
}

export function itemsName(order: WorkOrder): string {
  return `stages/${hexOf(order.key)}/items.jsonl`;
}

export function shardName(order: WorkOrder, number: number): string {
  return `stages/${hexOf(order.key)}/shards/${number}.jsonl`;
}
