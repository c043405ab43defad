import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runWorkflowId, stageWorkflowId } from '../../engine/names.js';
import { EngineHouse, statesOf } from './engine-house.js';
import { chain, output, squares, testPlan } from './plans.js';

/** Failures that the rules of the engine answer (docs/durability.md), each tried on real servers. */
let house: EngineHouse;

beforeAll(async () => {
  house = await EngineHouse.open({ MORTAR_SLOTS: 'cpu=2' });
}, 90_000);
afterAll(() => house?.close());
beforeEach(() => house.forget());

const waiting = (tag: string, queue = 'cpu') =>
  testPlan([{ id: 'waiting', activity: 'test/waiting', queue, with: { tag } }]);

test('two stages of one run that come to the same key are worked on once', async () => {
  // Different work with the same result: the stages behind them turn out to be the same only then.
  const made = (id: string) => ({ id, with: { n: 5, tag: `same ${id}` } });
  const square = (id: string, from: number) => ({
    ...{ id, activity: 'test/square', with: { delay: 100 } },
    inputs: { numbers: [output(from, 'numbers')] },
  });
  const plan = testPlan([made('left'), made('right'), square('one', 0), square('two', 1)]);
  const { state, nodes } = await house.finish(plan);
  expect(state).toBe('succeeded');
  expect(nodes[2]?.key).toBe(nodes[3]?.key);
  expect(house.trace('square')).toHaveLength(5);
});

test('a run that subscribes while a stage is ending is never left waiting', async () => {
  for (const round of [0, 1]) {
    const plan = testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: `late ${round}`, slow: 300 } }]);
    house.openGate();
    // Some come before, some while, some after it ends.
    const runs = await Promise.all(
      Array.from({ length: 15 }, async (_, number) => {
        await sleep(number * 45);
        return house.start(plan, { watch: 3_600_000 });
      }),
    );
    for (const run of runs) expect((await house.reach(run, 'succeeded', 'held', 'failed')).state).toBe('succeeded');
    expect(house.trace('fragile').length).toBe(round + 1);
  }
}, 120_000);

test('a stage commits for those who wait, though a run that waited for it is gone without a word', async () => {
  const plan = testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: 'gone', slow: 3_000 } }]);
  house.openGate();
  const [gone, stays] = [await house.start(plan), await house.start(plan)];
  await house.traced('fragile');
  await house.temporal.workflow.getHandle(runWorkflowId(gone)).terminate('gone');
  expect((await house.reach(stays, 'succeeded')).state).toBe('succeeded');
  expect((await house.client.runStatus(gone)).state).toBe('failed');
  expect(house.trace('fragile')).toHaveLength(1);
});

test('stages that take every slot for long do not keep the engine from going on', async () => {
  await house.finish(chain(10));
  const long = [await house.start(waiting('one')), await house.start(waiting('two'))];
  await house.traced('waiting begins', 2);
  const passed = await house.finish(chain(10));
  expect(new Set(Object.values(statesOf(passed)))).toEqual(new Set(['cached']));
  for (const run of long) await house.client.cancel(run);
  await house.traced('waiting ends', 2);
});

test('a run that joins work on another queue than its own is told', async () => {
  const first = await house.start(waiting('joined'));
  await house.traced('waiting begins');
  const second = await house.start(waiting('joined', 'gpu'));
  await house.servers.until(async () => {
    const [node] = (await house.client.runStatus(second)).nodes;
    return node?.note?.includes('goes on under the queue cpu, as the run that began it asked') === true;
  }, 'the note');
  for (const run of [first, second]) await house.client.cancel(run);
  await house.traced('waiting ends');
});

test('work for which there is no worker waits, and status says what to start', async () => {
  const run = await house.start(waiting('nobody', 'gpu'));
  await house.servers.until(async () => {
    const [node] = (await house.client.runStatus(run)).nodes;
    return node?.note === 'no worker polls the queue gpu; start one with `mortar worker --queue gpu`';
  }, 'the note');
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
});

test('a stage that loses a subscription to a newer one of the same node answers the newer one', async () => {
  const plan = testPlan([{ id: 'waiting', activity: 'test/waiting', with: { tag: 'epochs' } }]);
  const run = await house.start(plan);
  await house.traced('waiting begins');
  const key = (await house.client.runStatus(run)).nodes[0]?.key ?? '';
  const stage = house.temporal.workflow.getHandle(stageWorkflowId(house.client.store.id, key));
  // Subscribing is an activity, and so may come twice; what the run has given up is not waited for.
  await stage.signal('subscribe', { runId: run, node: 0, epoch: 1 });
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
  await stage.signal('unsubscribe', { runId: run, node: 0, epoch: 1 }).catch(() => undefined);
  await house.traced('waiting ends');
  await house.servers.until(async () => (await stage.describe()).status.name !== 'RUNNING', 'the stage to close');
});

test('samples of one item are items of their own, with seeds of their own that every run gives again', async () => {
  const seeds = async (tag: string): Promise<number[]> => {
    const { run } = await house.finish(squares(3, { samples: 3, seed: 7, tag }));
    const digest = (await house.client.result(run.id, 'square')).outputs['squares']?.digest ?? '';
    const found: number[] = [];
    for await (const { seed } of house.client.records<{ seed: number }>(digest)) found.push(seed);
    return found;
  };
  const first = await seeds('replicates');
  expect(new Set(first).size).toBe(9);
  expect(await seeds('replicates again')).toEqual(first);
});

test('status says that workflow tasks of a run fail again and again', async () => {
  const done = await house.finish(testPlan([{ id: 'numbers', with: { n: 2, tag: 'trouble' } }]));
  const runId = `${done.run.id}y`;
  await house.client.store.runs.create({ ...done.run, id: runId });
  await house.temporal.workflow.start('run', {
    workflowId: runWorkflowId(runId),
    taskQueue: 'mortar',
    // States of another plan: a defect, as a worker of another version would have it.
    args: [{ runId, plan: done.run.plan, nodes: -1, onFailure: 'hold', window: 2 }],
  });
  await house.servers.until(
    async () => (await house.client.runStatus(runId)).trouble?.includes('have failed') === true,
    'the trouble to be told',
    90_000,
  );
  await house.temporal.workflow.getHandle(runWorkflowId(runId)).terminate('tried');
}, 120_000);
