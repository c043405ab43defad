import { expect, test } from 'vitest';
import type { Activity } from '../../../activities/activity.js';
import { DirectExecutor } from '../../../engine/stage/direct-executor.js';
import { StageExecutor } from '../../../engine/stage/executor.js';
import type { WorkOrder } from '../../../engine/orders/order.js';
import { OrderBook } from '../../../engine/orders/order-book.js';
import { Ports } from '../../../engine/ports.js';
import { Registry } from '../../../engine/modules/registry.js';
import { resolveNode } from '../../../engine/orders/resolve.js';
import { StageWork } from '../../../engine/stage/stage-work.js';
import { InfrastructureError, UserError } from '../../../recipe/errors.js';
import type { PlanNode } from '../../../recipe/plan.js';
import { testPlan } from '../../integration/plans.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';

/** What a stage of this test does, by its `with.does`. */
const FAILURES: Readonly<Record<string, () => Error>> = {
  bug: () => new Error('a bug'),
  user: () => new UserError('wrong', 'a wrong value'),
  store: () => new InfrastructureError('store-unreachable', 'no store'),
};

/** A worker that does batches, and a store that others use too. */
function opened(store = memoryRooms()) {
  const worked: string[] = [];
  const activity: Activity = {
    ...{ name: 'test/quick', version: 1, summary: '', queue: 'cpu', quick: true, inputs: {}, params: {} },
    outputs: { numbers: { kind: 'numbers' } },
    async run({ params, outputs, signal }) {
      const does = String(params['does']);
      worked.push(does);
      const failure = FAILURES[does]?.();
      if (failure) throw failure;
      if (does === 'takes a while') await new Promise((resolve) => setTimeout(resolve, 100));
      if (does === 'waits') await new Promise((_, reject) => (signal.onabort = () => reject(new Error('stopped'))));
      await outputs.write('numbers', [does]);
      return {};
    },
  };
  const orders = new OrderBook(store.objects);
  const executor = new StageExecutor(new StageWork(store, new Registry([activity]), new Ports(), {}), orders);
  const told: unknown[] = [];
  const direct = new DirectExecutor(executor, orders, async (news) => told.push(news) > 0);
  const batch = async (works: readonly string[], more: Partial<PlanNode> = {}): Promise<string> => {
    const { nodes } = testPlan(works.map((does) => ({ activity: 'test/quick', with: { does }, ...more })));
    const made = nodes.map((node, number): WorkOrder => {
      const resolution = resolveNode(node, activity, () => ({ state: 'skipped' }), null);
      if (resolution.skipped) throw new Error('skipped');
      return { ...resolution.order, runId: 'r', node: number };
    });
    return orders.writeBatch('r', made);
  };
  const stop = new AbortController();
  const run = (name: string, epochs: (number | null)[], signal = stop.signal) =>
    direct.run({ batch: name, runId: 'r', epochs }, { signal, stop: stop.signal, beat: () => undefined });
  return { store, batch, run, worked, told, stop };
}

const RETRY = (attempts: number, named?: string[]) => ({
  retry: { attempts, backoff: 1, ...(named ? { non_retryable: named } : {}) },
});

test('a batch does each of its stages once, however often it is given out', async () => {
  const { batch, run, worked } = opened();
  const name = await batch(['a', 'b', 'c']);
  expect(await run(name, [1, 2, 3])).toEqual([1, 2, 3].map(() => ({ kind: 'committed' })));
  expect(await run(name, [1, 2, 3])).toEqual([1, 2, 3].map(() => ({ kind: 'committed' })));
  expect(worked.sort()).toEqual(['a', 'b', 'c']);
});

test('two stages of a batch that come to the same key are not worked on at once', async () => {
  const { batch, run, worked } = opened();
  const name = await batch(['a', 'b', 'a']);
  expect((await run(name, [1, 2, 3])).map(({ kind }) => kind).sort()).toEqual(['committed', 'committed', 'elsewhere']);
  expect(worked.sort()).toEqual(['a', 'b']);
});

test('what nobody waits for any more is not begun', async () => {
  const { batch, run, worked } = opened();
  await run(await batch(['a', 'b']), [null, 2]);
  expect(worked).toEqual(['b']);
});

test('a failure ends the stage where no attempt is left or none would help, and costs one elsewhere', async () => {
  const { batch, run } = opened();
  const outcome = async (does: string, more: Partial<PlanNode>) => (await run(await batch([does], more), [1]))[0];
  expect(await outcome('bug', RETRY(1))).toMatchObject({ kind: 'failed', failure: { code: 'bug' } });
  expect(await outcome('bug', RETRY(2))).toEqual({ kind: 'elsewhere', spent: 1 });
  expect(await outcome('bug', RETRY(2, ['bug']))).toMatchObject({ kind: 'failed' });
  expect(await outcome('user', RETRY(5))).toMatchObject({ kind: 'failed', failure: { class: 'user', code: 'wrong' } });
  expect(await outcome('store', RETRY(1))).toEqual({ kind: 'elsewhere', spent: 0 });
});

test('what another batch is at goes elsewhere, and is free again when that is stopped', async () => {
  const one = opened();
  const other = opened(one.store);
  const name = await one.batch(['waits']);
  const working = one.run(name, [1]);
  await expect.poll(() => one.worked).toEqual(['waits']);
  expect(await other.run(name, [7])).toEqual([{ kind: 'elsewhere', spent: 0 }]);
  one.stop.abort(new Error('cancelled'));
  await expect(working).rejects.toThrow('cancelled');
  const again = other.run(name, [8]);
  await expect.poll(() => other.worked).toEqual(['waits']);
  other.stop.abort(new Error('over'));
  await expect(again).rejects.toThrow('over');
});

test('what has begun is committed though its run is gone without a word, and nothing further begins', async () => {
  const one = opened();
  const gone = new AbortController();
  const name = await one.batch(['a', 'b', 'c']);
  const first = await one.batch(['takes a while']);
  const working = one.run(first, [1], gone.signal);
  await expect.poll(() => one.worked).toEqual(['takes a while']);
  gone.abort(new Error('gone'));
  await expect(working).rejects.toThrow('gone');
  await expect(one.run(name, [2, 3, 4], gone.signal)).rejects.toThrow('gone');
  expect(await opened(one.store).run(first, [2])).toEqual([{ kind: 'committed' }]);
  expect(one.worked).toEqual(['takes a while']);
});

test('a run is told of what has ended while the rest of a batch takes long', async () => {
  const { batch, run, told, stop } = opened();
  const working = run(await batch(['a', 'waits']), [5, 6]);
  await expect
    .poll(() => told, { timeout: 5_000 })
    .toEqual([{ subscriber: { runId: 'r', node: 0, epoch: 5 }, outcome: { kind: 'committed' } }]);
  stop.abort(new Error('over'));
  await expect(working).rejects.toThrow('over');
});
