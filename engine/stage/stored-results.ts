import { createReadStream } from 'node:fs';
import type { ItemResult } from '../../activities/activity.js';
import { ItemIndex } from '../../artifacts/item-index.js';
import { ItemSegments, type StoredItem } from '../../artifacts/item-segments.js';
import { jsonLinesOf } from '../../artifacts/json-lines.js';
import type { ObjectStore } from '../../artifacts/store.js';
import { LineFile } from './line-file.js';
import type { WorkOrder } from '../orders/order.js';
import { itemsName, type ListedItem } from './split-items.js';

/**
 * The result of each item in the order of the input, from stored items, never from memory. On their way the results lie in a local file,
 * with their places in memory.
 */
export async function* storedResults(
  objects: ObjectStore,
  order: WorkOrder,
  mapKey: string,
  directory: string,
): AsyncGenerator<ItemResult> {
  const list = await LineFile.create(directory);
  let file: LineFile | undefined;
  try {
    if (!(await objects.download(itemsName(order), list.path)))
      throw new Error(`the items of ${order.nodeId} are not in the store`);
    const index = await new ItemSegments(objects, mapKey).read(
      async () => {
        await file?.remove();
        file = await LineFile.create(directory);
        return { index: new ItemIndex(), file };
      },
      async ({ index, file }, item) => {
        if (index.add(item)) index.place(item.id, await file.add(JSON.stringify(item.result)));
      },
    );
    for await (const { id, key } of jsonLinesOf<ListedItem>(createReadStream(list.path), itemsName(order))) {
      const place = index.index.placeOf(id);
      if (!place) throw new Error(`item ${key} of ${order.nodeId} has no stored result`);
      yield JSON.parse(await index.file.line(place)) as StoredItem['result'];
    }
  } finally {
    await Promise.all([file?.remove(), list.remove()]);
  }
}
