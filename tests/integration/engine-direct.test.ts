import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runWorkflowId, stageWorkflowId } from '../../engine/names.js';
import type { PlanNode } from '../../recipe/plan.js';
import { EngineHouse, statesOf } from './engine-house.js';
import { chain, testPlan } from './plans.js';

/** Small stages, which their run has done itself, a batch an activity (docs/durability.md). */
let house: EngineHouse;

beforeAll(async () => {
  house = await EngineHouse.open();
}, 90_000);
afterAll(() => house?.close());
beforeEach(() => house.forget());

const fragile = (tag: string, slow = 0, more: Partial<PlanNode> = {}): Partial<PlanNode> => ({
  ...{ id: 'fragile', activity: 'test/fragile', with: { tag, slow } },
  ...more,
});

/** Whether a stage of a run has, or had, a workflow of its own. */
async function hasWorkflow(run: string, node: number): Promise<boolean> {
  const { key } = (await house.client.runStatus(run)).nodes[node] ?? {};
  return house.temporal.workflow
    .getHandle(stageWorkflowId(house.client.store.id, key ?? ''))
    .describe()
    .then(
      () => true,
      () => false,
    );
}

test('small stages have no workflow each, and leave no claim that anybody would wait for', async () => {
  const { state, run, workflow } = await house.finish(chain(12));
  expect(state).toBe('succeeded');
  expect(await hasWorkflow(run.id, 5)).toBe(false);
  const { historyLength } = await house.temporal.workflow.getHandle(workflow).describe();
  expect(historyLength).toBeLessThan(12 * 10);
});

test('two runs that want the same small stage at once do it once', async () => {
  house.openGate();
  const plan = testPlan([fragile('shared', 1_500)]);
  const runs = await Promise.all([0, 1, 2, 3].map(() => house.start(plan)));
  for (const run of runs) expect((await house.reach(run, 'succeeded', 'held', 'failed')).state).toBe('succeeded');
  expect(house.trace()).toEqual(['fragile']);
});

test('a small stage that fails takes exactly its attempts, the first of them without a workflow', async () => {
  for (const attempts of [1, 3]) {
    house.forget();
    const plan = testPlan([fragile(`attempts ${attempts}`, 0, { retry: { attempts, backoff: 10 } })]);
    const { state, nodes, run } = await house.finish(plan);
    expect(state).toBe('held');
    expect(nodes[0]?.failure).toEqual({ class: 'bug', code: 'bug', message: 'the gate is shut, ' });
    expect(house.trace()).toHaveLength(attempts);
    expect(await hasWorkflow(run.id, 0)).toBe(attempts > 1);
    // A retry by hand has all of them again, and lets whoever comes next have the work.
    house.openGate();
    await house.client.retry(run.id);
    expect((await house.reach(run.id, 'succeeded')).nodes[0]?.state).toBe('done');
    expect(house.trace()).toHaveLength(attempts + 1);
  }
});

test('a failure that is not to be tried again is not', async () => {
  const retry = { attempts: 3, backoff: 10, non_retryable: ['bug'] };
  expect((await house.finish(testPlan([fragile('final', 0, { retry })]))).state).toBe('held');
  expect(house.trace()).toHaveLength(1);
});

test('a cancelled run stops what it does itself, and keeps nobody from doing it', async () => {
  house.openGate();
  const plan = (slow: number) => testPlan([fragile('cancelled', slow)]);
  const run = await house.start(plan(120_000));
  await house.traced('fragile');
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
  const again = await house.start(plan(120_000));
  await house.traced('fragile', 2);
  await house.client.cancel(again);
  await house.reach(again, 'cancelled');
});

test('a stage that is skipped while its run does it is skipped, and the run goes on with what else is in its batch', async () => {
  const run = await house.start(
    testPlan([
      fragile('skipped', 60_000),
      { id: 'beside', with: { n: 2, tag: 'beside' } },
      { id: 'after', with: { n: 3, tag: 'after' }, needs: [0] },
    ]),
  );
  await house.traced('fragile');
  const begun = Date.now();
  await house.client.skip(run, 'fragile');
  const ended = await house.reach(run, 'succeeded', 'held', 'failed');
  expect(Date.now() - begun).toBeLessThan(15_000);
  expect(statesOf(ended)).toMatchObject({ fragile: 'skipped', after: 'done' });
});

test('a batch that takes long keeps nothing else from going on', async () => {
  house.openGate();
  const nodes = Array.from({ length: 3 }, (_, number) => ({
    ...{ id: `link${number}`, activity: 'test/plain', with: { n: 1, tag: `beside ${number}` } },
    needs: number === 0 ? [] : [number],
  }));
  const run = await house.start(testPlan([fragile('long', 60_000), ...nodes]));
  await house.servers.until(
    async () => (await house.client.runStatus(run)).nodes[3]?.state === 'done',
    'the other stages to be done',
    30_000,
  );
  expect((await house.client.runStatus(run)).nodes[0]).toMatchObject({
    state: 'running',
    workflow: runWorkflowId(run),
  });
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
});

test('small work for which there is no worker waits, and status says what to start', async () => {
  const run = await house.start(testPlan([{ id: 'numbers', with: { n: 1, tag: 'nobody' }, queue: 'elsewhere' }]));
  await house.servers.until(async () => {
    const { nodes, unserved } = await house.client.runStatus(run);
    return nodes[0]?.note?.includes('no worker polls the queue elsewhere') === true && unserved?.[0] === 'elsewhere';
  }, 'the note');
  await house.client.cancel(run);
  await house.reach(run, 'cancelled');
});

test('a worker that is killed in a batch repeats nothing that was committed, and takes no attempt', async () => {
  house.openGate();
  const numbers = (n: number) => ({ id: `numbers${n}`, with: { n, tag: 'killed' } });
  const run = await house.start(testPlan([numbers(1), numbers(2), numbers(3), fragile('killed', 4_000)]));
  await house.traced('fragile');
  const { store } = house.client;
  const committed = async (): Promise<number> => {
    let found = 0;
    for (const { key } of (await house.client.runStatus(run)).nodes)
      if (key !== undefined && (await store.stages.peek(key))) found += 1;
    return found;
  };
  await house.servers.until(async () => (await committed()) === 3, 'three results');
  await house.servers.kill(house.worker, 'SIGKILL');
  house.worker = await house.servers.worker();
  expect((await house.reach(run, 'succeeded', 'held', 'failed')).state).toBe('succeeded');
  expect(house.trace().sort()).toEqual(['fragile', 'fragile', 'numbers 1', 'numbers 2', 'numbers 3']);
  expect(await hasWorkflow(run, 3)).toBe(false);
}, 120_000);

test('what a worker has claimed that is gone for good is done by another run', async () => {
  house.openGate();
  const plan = testPlan([fragile('orphan', 3_000)]);
  const gone = await house.start(plan);
  await house.traced('fragile');
  await house.servers.kill(house.worker, 'SIGKILL');
  await house.temporal.workflow.getHandle(runWorkflowId(gone)).terminate('gone');
  house.worker = await house.servers.worker();
  expect((await house.finish(plan)).state).toBe('succeeded');
  expect(house.trace()).toHaveLength(2);
}, 120_000);
