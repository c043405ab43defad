import { expect, test } from 'vitest';
import type { Activity } from '../../../activities/activity.js';
import { StageExecutor } from '../../../engine/stage/executor.js';
import type { WorkOrder } from '../../../engine/orders/order.js';
import { OrderBook } from '../../../engine/orders/order-book.js';
import { Ports } from '../../../engine/ports.js';
import { Registry } from '../../../engine/modules/registry.js';
import { resolveNode } from '../../../engine/orders/resolve.js';
import { StageWork, type Driver } from '../../../engine/stage/stage-work.js';
import { testPlan } from '../../integration/plans.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';

const driver: Driver = { signal: new AbortController().signal, beat: () => undefined };

/** An activity that counts how often it works, and the order for it. */
async function prepared(more: Partial<WorkOrder['document']> = {}) {
  const store = memoryRooms();
  const worked: string[] = [];
  const activity: Activity = {
    ...{ name: 'test/numbers', version: 1, summary: '', queue: 'cpu', inputs: {}, params: {} },
    outputs: { numbers: { kind: 'numbers' } },
    async run(context) {
      worked.push('run');
      await context.outputs.write('numbers', [{ value: worked.length }]);
      return {};
    },
  };
  const mapped: Extract<Activity, { map: true }> = {
    ...{ name: 'test/map', version: 1, summary: '', queue: 'cpu', inputs: {}, params: {}, map: true as const },
    outputs: { numbers: { kind: 'numbers' } },
    items: async () => (worked.push('items'), [{ key: 'a', value: 1 }]),
    async *process(items) {
      for (const { key } of items) {
        worked.push(`item ${key}`);
        yield { key, ok: true, record: { key } };
      }
    },
    async assemble(results, context) {
      worked.push('assemble');
      await context.outputs.write('numbers', results);
      return {};
    },
  };
  const order = async (name: string): Promise<string> => {
    const [node] = testPlan([{ activity: name }]).nodes;
    const resolution =
      node && resolveNode(node, name === 'test/map' ? mapped : activity, () => ({ state: 'skipped' }), null);
    if (!resolution || resolution.skipped) throw new Error('skipped');
    const made: WorkOrder = { ...resolution.order, runId: 'r', node: 0 };
    return orders.write({ ...made, document: { ...made.document, ...more } });
  };
  const orders = new OrderBook(store.objects);
  const work = new StageWork(store, new Registry([activity, mapped]), new Ports(), {});
  const executor = new StageExecutor(work, orders);
  return { executor, order, worked, store };
}

test('a stage whose worker was lost after it had committed is not worked on again', async () => {
  const { executor, order, worked } = await prepared();
  const plain = await order('test/numbers');
  await executor.execute(plain, 1, driver);
  await executor.execute(plain, 2, driver);
  expect(worked).toEqual(['run']);
});

test('nor is a map, down to its list of items', async () => {
  const { executor, order, worked } = await prepared();
  const map = await order('test/map');
  const split = await executor.split(map, driver);
  expect(split).toEqual({ total: 1, finished: 0, subject: 0, shards: [1] });
  await executor.shard({ order: map, shard: 0, attempt: 1, total: 1, before: 0 }, driver);
  await executor.assemble(map, 1, driver);
  expect(await executor.split(map, driver)).toEqual({ total: 0, finished: 0, subject: 0, shards: [] });
  await executor.assemble(map, 1, driver);
  expect(worked).toEqual(['items', 'item a', 'assemble']);
});

test('an order for another sandbox than this worker has is refused before any work', async () => {
  const { executor, order, worked } = await prepared({ environment: 'sha256:other' });
  await expect(executor.execute(await order('test/numbers'), 1, driver)).rejects.toMatchObject({
    code: 'environment-mismatch',
  });
  expect(worked).toEqual([]);
});

test('an order for another version of an activity is refused before any work', async () => {
  const { executor, order, worked } = await prepared({ version: 2 });
  await expect(executor.execute(await order('test/numbers'), 1, driver)).rejects.toThrow(
    'No worker offers test/numbers@2',
  );
  expect(worked).toEqual([]);
});
