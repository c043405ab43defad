import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { runWorkflowId, stageWorkflowId } from '../../engine/names.js';
import type { RunInput } from '../../workflows/run-input.js';
import { EngineHouse, statesOf } from './engine-house.js';
import { historyOf, keepHistory, type RecordedHistory } from './histories.js';
import { chain, output, squares, testPlan } from './plans.js';

/**
 * Each shape that an execution can take, once, on a real server; each must replay on the code that made it. With
 * RECORD_HISTORIES=<generation> the histories are kept, and every later version of the workflows has to replay them.
 */
const generation = process.env['RECORD_HISTORIES'];

let house: EngineHouse;
let bundle: WorkflowBundle;
let recorded: Map<string, RecordedHistory>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const silent = (): void => undefined;
  [house, bundle] = await Promise.all([
    EngineHouse.open(),
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
      logger: { log: silent, trace: silent, debug: silent, info: silent, warn: console.warn, error: console.error },
    }),
  ]);
}, 120_000);

afterAll(() => house?.close());

beforeEach(() => {
  house.forget();
  recorded = new Map();
});

afterEach(async () => {
  expect(recorded.size).toBeGreaterThan(0);
  for (const [shape, { history, workflowId }] of recorded) {
    await Worker.runReplayHistory({ workflowBundle: bundle }, history, workflowId);
    if (generation) keepHistory(generation, shape, { history, workflowId });
  }
});

async function record(shape: string, workflowId: string, execution?: string): Promise<void> {
  recorded.set(shape, await historyOf(house.temporal, workflowId, execution));
}

/** Id of the workflow of a run's first stage. */
async function firstStage(run: string): Promise<string> {
  let key: string | undefined;
  await house.servers.until(async () => {
    key = (await house.client.runStatus(run)).nodes[0]?.key;
    return key !== undefined;
  }, 'the key of the first stage');
  return stageWorkflowId(house.client.store.id, key ?? '');
}

const closed = async (workflowId: string): Promise<void> =>
  house.servers.until(
    async () => (await house.temporal.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING',
    `${workflowId} to close`,
  );

test('run: a chain of stages with workflows of their own; stage: plain', async () => {
  const ended = await house.finish(testPlan(chain(5).nodes.map((node) => ({ ...node, activity: 'test/plain' }))));
  expect(ended.state).toBe('succeeded');
  await record('run-chain-of-workflows', ended.workflow);
  await record('stage-plain', await firstStage(ended.run.id));
});

test('run: does a stage itself that another run wants too; stage: waits for that', async () => {
  const plan = testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: 'both', slow: 3_000 } }]);
  house.openGate();
  const first = await house.start(plan);
  await house.traced('fragile');
  const second = await house.finish(plan);
  expect([second.state, house.trace()]).toEqual(['succeeded', ['fragile']]);
  await record('run-direct', (await house.reach(first, 'succeeded')).workflow);
  await record('run-diverted', second.workflow);
  const stage = await firstStage(first);
  await closed(stage);
  await record('stage-claimed', stage);
});

test('run: a chain; then all cached', async () => {
  const first = await house.finish(chain(5));
  expect(first.state).toBe('succeeded');
  await record('run-chain', first.workflow);
  const second = await house.finish(chain(5));
  expect(new Set(Object.values(statesOf(second)))).toEqual(new Set(['cached']));
  await record('run-all-cached', second.workflow);
});

test('run: twenty stages at once, in a window of eight, and their records put together', async () => {
  const nodes = Array.from({ length: 20 }, (_, number) => ({ id: `n${number}`, with: { n: 1, number, tag: 'wide' } }));
  const ended = await house.finish(testPlan(nodes), { window: 8 });
  expect(ended.state).toBe('succeeded');
  await closed(ended.workflow);
  await record('run-wide', ended.workflow);
});

test('run: held, held and seen in the middle, tried again, done; stage: failed', async () => {
  const plan = testPlan([
    { id: 'fragile', activity: 'test/fragile', with: { tag: 'retried' }, retry: { attempts: 2, backoff: 10 } },
    { id: 'sum', activity: 'test/sum', inputs: { squares: [output(0, 'squares')] } },
  ]);
  const held = await house.finish(plan);
  expect(held.state).toBe('held');
  const stage = await firstStage(held.run.id);
  await closed(stage);
  await record('run-held', held.workflow);
  await record('stage-failed', stage);
  house.openGate();
  const settled = (await house.temporal.workflow.getHandle(held.workflow).describe()).runId;
  await house.client.retry(held.run.id, 'fragile');
  await house.reach(held.run.id, 'succeeded');
  await record('run-retried', held.workflow, settled);
});

test('run: held, then the stage is skipped', async () => {
  const plan = testPlan([
    { id: 'fragile', activity: 'test/fragile', with: { tag: 'skipped' } },
    { id: 'sum', activity: 'test/sum', inputs: { squares: [output(0, 'squares')] } },
    { id: 'beside', with: { n: 2 } },
  ]);
  const held = await house.finish(plan);
  await house.client.skip(held.run.id, 'fragile');
  const ended = await house.reach(held.run.id, 'succeeded');
  expect(statesOf(ended)).toEqual({ fragile: 'skipped', sum: 'skipped', beside: 'done' });
  await record('run-skipped', ended.workflow);
});

test('run: approved', async () => {
  const held = await house.finish(testPlan([{ id: 'numbers', with: { n: 4 }, expect: 'outputs.count > 5' }]));
  await house.client.approve(held.run.id, 'numbers');
  await record('run-approved', (await house.reach(held.run.id, 'succeeded')).workflow);
});

test('run: ended by a failed stage; aborted while held', async () => {
  const plan = testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: 'ended' } }]);
  const failed = await house.finish(plan, { onFailure: 'fail' });
  expect(failed.state).toBe('failed');
  await record('run-failed', failed.workflow);
  const held = await house.finish(plan);
  await house.client.abort(held.run.id);
  await house.reach(held.run.id, 'failed');
  await record('run-aborted', held.workflow);
});

test('run: cancelled; stage: cancelled by the last unsubscribe', async () => {
  const run = await house.start(
    testPlan([{ id: 'waiting', activity: 'test/waiting', with: { tag: 'cancelled' } }, { id: 'beside' }]),
  );
  await house.traced('waiting begins');
  const stage = await firstStage(run);
  await record('stage-running', stage);
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
  await closed(stage);
  await record('run-cancelled', runWorkflowId(run));
  await record('stage-cancelled', stage);
});

test('run: goes on from what another execution of it left', async () => {
  const plan = chain(4);
  const store = house.client.store;
  const done = await house.finish(plan);
  const input: RunInput = {
    runId: `${done.run.id}x`,
    plan: done.run.plan,
    nodes: 4,
    onFailure: 'hold',
    window: 2,
    memory: { version: 1, states: '..h.', approved: [2], ran: [], inFlight: [] },
  };
  await store.runs.create({ ...done.run, id: input.runId });
  await house.temporal.workflow.start('run', {
    workflowId: runWorkflowId(input.runId),
    taskQueue: 'mortar',
    args: [input],
  });
  await house.reach(input.runId, 'held');
  await house.client.retry(input.runId, 'link2');
  await house.reach(input.runId, 'succeeded');
  await record('run-continued', runWorkflowId(input.runId));
});

test('run: gets another plan while a stage works and another is held', async () => {
  const plan = (gate: string) =>
    testPlan([
      { id: 'fragile', activity: gate, with: { tag: 'revised' } },
      { id: 'slow', activity: 'test/fragile', with: { tag: 'revised', slow: 2_000 } },
    ]);
  const run = await house.start(plan('test/fragile'));
  await house.traced('fragile', 2);
  await house.servers.until(
    async () => (await house.client.runStatus(run)).nodes[0]?.state === 'held',
    'the first stage to be held',
  );
  house.openGate();
  const source = { mortar: 1, file: '', text: '', set: [], texts: {}, digests: {} } as const;
  await house.client.revise(run, { plan: plan('test/numbers'), recipeText: '', source, set: [] });
  await house.reach(run, 'succeeded');
  await record('run-revised', runWorkflowId(run));
});

test('stage: a map, two subscribers', async () => {
  const plan = squares(450, { tag: 'map', delay: 5 });
  const [one, two] = [await house.start(plan), await house.start(plan)];
  await house.traced('square 0#0');
  const both = await Promise.all([one, two].map((run) => house.reach(run, 'succeeded')));
  const key = both[0]?.nodes[1]?.key ?? '';
  await record('stage-map-two-subscribers', stageWorkflowId(house.client.store.id, key));
});

test('stage: a map in which too many items fail', async () => {
  const held = await house.finish(
    squares(20, { bad: [3], class: 'infrastructure', tag: 'bad' }, { retry: { attempts: 2, backoff: 1 } }),
  );
  expect(held.state).toBe('held');
  await record('stage-map-failed', stageWorkflowId(house.client.store.id, held.nodes[1]?.key ?? ''));
});

test('stage: subscribed to again while its work is being stopped', async () => {
  const plan = testPlan([{ id: 'waiting', activity: 'test/waiting', with: { tag: 'again', cleanup: 3_000 } }]);
  const first = await house.start(plan);
  await house.traced('waiting begins');
  const stage = await firstStage(first);
  await house.client.cancel(first);
  await house.reach(first, 'cancelled');
  const second = await house.start(plan);
  await house.traced('waiting begins', 2);
  expect(house.trace()).toEqual(['waiting begins', 'waiting ends', 'waiting begins']);
  expect(await firstStage(second)).toBe(stage);
  await record('stage-subscribed-again', stage);
  await house.client.cancel(second);
  await house.reach(second, 'cancelled');
  await closed(stage);
});
