import { setTimeout as sleep } from 'node:timers/promises';
import type { Activity, ItemResult } from '../../activities/activity.js';
import { isFinal } from '../../artifacts/item-index.js';
import { ItemSegments } from '../../artifacts/item-segments.js';
import { jsonLines } from '../../artifacts/json-lines.js';
import type { ItemSplit, ShardInput, ShardResult } from '../../workflows/stage-activities.js';
import { Checkpoint } from './checkpoint.js';
import { doClaimed } from './claimed-work.js';
import type { WorkOrder } from '../orders/order.js';
import type { OrderBook } from '../orders/order-book.js';
import { mapKeyOf } from '../orders/resolve.js';
import { shardName, splitItems, type ShardLine } from './split-items.js';
import type { Driver, StageWork } from './stage-work.js';
import { storedResults } from './stored-results.js';

/** Between two looks at a claim that somebody else has. */
const LOOK_EVERY = 500;

type MapKind = Extract<Activity, { map: true | 'streamed' }>;

/** Does the work of stages. Knows no Temporal: the driver brings its signal and takes its heartbeats. */
export class StageExecutor {
  constructor(
    private readonly work: StageWork,
    private readonly orders: OrderBook,
  ) {}

  /** A plain activity, from its inputs to the cache entry. */
  async execute(orderName: string, attempt: number, driver: Driver): Promise<void> {
    const order = await this.orders.read(orderName);
    const activity = await this.work.registry.find(order.document).catch(() => undefined);
    if (!activity || activity.map || !activity.quick) return this.#plain(order, attempt, driver, true);
    // A run may be at it without a workflow for it.
    while (
      (await doClaimed(this.work.store, order, `stage/${order.key}`, {}, () =>
        this.#plain(order, attempt, driver, false),
      )) === 'busy'
    ) {
      driver.beat({ done: 0, total: 0, note: 'another run is at it' });
      await sleep(LOOK_EVERY, undefined, { signal: driver.signal });
    }
  }

  /**
   * The same for work that is claimed by somebody who waits for nobody.
   * @param owner the same whenever this very work is given out again
   * @param missedAt when the result was last looked for in vain, milliseconds since 1970
   * @returns busy: somebody else is at it
   */
  async executeUnlessBusy(
    order: WorkOrder,
    owner: string,
    missedAt: number,
    driver: Driver,
  ): Promise<'committed' | 'busy'> {
    return doClaimed(this.work.store, order, owner, { missedAt }, () => this.#plain(order, 1, driver, false));
  }

  /** Lists the items and writes the shards of those that are not finished yet. */
  async split(orderName: string, driver: Driver): Promise<ItemSplit> {
    const order = await this.orders.read(orderName);
    return this.work.do(order, 'split', driver, {}, async ({ activity, opened: { context }, redactor }) => {
      const map = requireMap(activity);
      if (await this.work.isDone(order)) return { total: 0, finished: 0, subject: 0, shards: [] };
      const items = redactor.each(map.map === 'streamed' ? map.items(context) : await map.items(context));
      const split = await splitItems(this.work.store, order, mapKeyOf(order.document, map), items, context.directory);
      const { total, finished, shards } = split;
      context.log('info', `${total} items, ${total - finished} to do`, { shards: shards.length });
      return split;
    });
  }

  /** Works on one shard; whatever finishes is in the store within seconds. */
  async shard(input: ShardInput, driver: Driver): Promise<ShardResult> {
    const counts = { finished: 0, subject: 0, infrastructure: 0, unknown: 0 };
    const stage = { total: input.total, before: input.before };
    const order = await this.orders.read(input.order);
    const part = `${input.shard}.${input.attempt}`;
    const { objects } = this.work.store;
    return this.work.do(order, part, driver, { stage }, async ({ activity, opened, redactor }) => {
      const map = requireMap(activity);
      const bytes = await objects.get(shardName(order, input.shard));
      if (!bytes) throw new Error(`shard ${input.shard} of ${order.nodeId} is not in the store`);
      const open = new Map<string, ShardLine>();
      for (const line of jsonLines<ShardLine>(bytes, shardName(order, input.shard))) open.set(line.item.key, line);
      const items = [...open.values()].map(({ item }) => item);
      const segments = new ItemSegments(objects, mapKeyOf(order.document, activity));
      const checkpoint = new Checkpoint(segments, order.key, input.shard, input.attempt);
      try {
        for await (const given of map.process(items, opened.context)) {
          const line = open.get(given.key);
          if (!line)
            throw new Error(
              `${activity.name} gave a result for ${given.key}, which it was not asked for or has given already`,
            );
          open.delete(given.key);
          const result = redactor.value(given);
          await checkpoint.add({ id: line.id, attempt: input.attempt, at: Date.now(), result });
          count(counts, result);
          if (!result.ok)
            opened.context.log('warn', `item ${result.key}: ${result.message}`, {
              class: result.class,
              code: result.code,
            });
          const failed = counts.subject + counts.infrastructure + counts.unknown;
          driver.beat({ done: items.length - open.size, total: items.length, failed, stage });
          if (input.allowance !== undefined && failed > input.allowance) return counts;
        }
      } finally {
        await checkpoint.flush();
      }
      driver.signal.throwIfAborted();
      await checkpoint.merge();
      const [forgotten] = open.keys();
      if (forgotten !== undefined)
        throw new Error(`${activity.name} gave no result for ${open.size} items, among them ${forgotten}`);
      return counts;
    });
  }

  /** Puts the outputs together from the stored items, in the order of the input, and commits. */
  async assemble(orderName: string, attempt: number, driver: Driver): Promise<void> {
    const order = await this.orders.read(orderName);
    const { objects } = this.work.store;
    await this.work.do(order, `assemble.${attempt}`, driver, {}, async (work) => {
      const map = requireMap(work.activity);
      if (await this.work.isDone(order)) return;
      const { context } = work.opened;
      const mapKey = mapKeyOf(order.document, map);
      await new ItemSegments(objects, mapKey).mergeSmall();
      const results = storedResults(objects, order, mapKey, context.directory);
      try {
        const scalars = await (map.map === 'streamed'
          ? map.assemble(results, context)
          : map.assemble(await collected(results), context));
        await this.work.commit(work, scalars, attempt);
      } finally {
        await results.return(undefined);
      }
    });
  }

  async #plain(order: WorkOrder, attempt: number, driver: Driver, look: boolean): Promise<void> {
    await this.work.do(order, String(attempt), driver, {}, async (work) => {
      if (work.activity.map) throw new Error(`${work.activity.name} is a map`);
      if (look && (await this.work.isDone(order))) return;
      await this.work.commit(work, await work.activity.run(work.opened.context), attempt);
    });
  }
}

function requireMap(activity: Activity): MapKind {
  if (!activity.map) throw new Error(`${activity.name} is no map`);
  return activity;
}

async function collected<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function count(
  counts: { finished: number; subject: number; infrastructure: number; unknown: number },
  result: ItemResult,
): void {
  if (isFinal(result)) counts.finished += 1;
  if (!result.ok) counts[result.class] += 1;
}
