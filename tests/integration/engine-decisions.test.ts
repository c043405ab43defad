import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runWorkflowId, stageWorkflowId } from '../../engine/names.js';
import type { RecipeSource } from '../../engine/runs/recipe-source.js';
import type { Plan } from '../../recipe/plan.js';
import { EngineHouse, statesOf } from './engine-house.js';
import { output, squares, testPlan } from './plans.js';

/** What people decide about a run: retry, other values, bad items, policies that meet. */
let house: EngineHouse;

beforeAll(async () => {
  house = await EngineHouse.open();
}, 90_000);
afterAll(() => house?.close());
beforeEach(() => house.forget());

const source: RecipeSource = { mortar: 1, file: 'recipe', text: 'recipe', set: [], texts: {}, digests: {} };
const revise = (run: string, plan: Plan, more: { stage?: string } = {}): Promise<readonly string[]> =>
  house.client.revise(run, { plan, recipeText: 'recipe', source, set: ['a=b'], ...more });

describe('another value for a run that goes on', () => {
  const plan = (tag: string, gate: string, also: boolean): Plan =>
    testPlan([
      // Another order of the same stages: numbers of nodes mean nothing from one plan to the next.
      ...(also ? [{ id: 'new', with: { n: 1, tag } }] : []),
      {
        id: 'slow',
        activity: 'test/square',
        with: { delay: 40, tag },
        inputs: { numbers: [output(also ? 2 : 1, 'numbers')] },
      },
      { id: 'numbers', with: { n: 60, tag } },
      { id: 'fragile', activity: gate, with: { tag } },
      { id: 'sum', activity: 'test/sum', inputs: { squares: [output(also ? 1 : 0, 'squares')] } },
    ]);

  test('keeps what is done and what is under way, and drops what is no longer wanted', async () => {
    const run = await house.start(plan('kept', 'test/waiting', false));
    await house.traced('waiting begins');
    await house.traced('square 0#0');
    expect(await revise(run, plan('kept', 'test/numbers', true))).toEqual(['new', 'fragile']);
    const ended = await house.reach(run, 'succeeded', 'failed', 'held');
    expect(statesOf(ended)).toEqual({ new: 'done', slow: 'done', numbers: 'done', fragile: 'done', sum: 'done' });
    await house.traced('waiting ends');
    expect(house.trace('square')).toHaveLength(60);
    expect(house.trace('numbers 60')).toHaveLength(1);
    expect(ended.run.revisions).toMatchObject([{ set: ['a=b'] }]);
    expect((await house.client.result(run, 'sum')).scalars).toEqual({ total: (59 * 60 * 119) / 6 });
  });

  test('tries again what is held, and leaves a stage held that was not named', async () => {
    const held = (attempts: number): Plan =>
      testPlan(
        ['one', 'two'].map((id) => ({
          ...{ id, activity: 'test/fragile', with: { tag: `named ${id}` } },
          retry: { attempts: id === 'one' ? attempts : 1, backoff: 1 },
        })),
      );
    const run = (await house.finish(held(1))).run.id;
    expect(house.trace('fragile')).toHaveLength(2);
    expect(await revise(run, held(3), { stage: 'one' })).toEqual([]);
    await house.traced('fragile', 5);
    await house.reach(run, 'held');
    house.openGate();
    await house.client.retry(run);
    expect((await house.reach(run, 'succeeded')).state).toBe('succeeded');
  });

  test('starts a run again that has ended', async () => {
    const ended = await house.finish(plan('ended', 'test/fragile', false), { onFailure: 'fail' });
    expect(ended.state).toBe('failed');
    await revise(ended.run.id, plan('ended', 'test/numbers', true));
    await house.reach(ended.run.id, 'succeeded');
    expect(house.trace('numbers 60')).toHaveLength(1);
  });

  test('that changes nothing is refused', async () => {
    const done = await house.finish(squares(3));
    await expect(revise(done.run.id, squares(3))).rejects.toMatchObject({ code: 'set-changes-nothing' });
  });
});

describe('a failed run', () => {
  test('that is run again does nothing twice', async () => {
    const plan = (): Plan =>
      testPlan([
        { id: 'numbers', with: { n: 30, tag: 'resumed' } },
        {
          id: 'square',
          activity: 'test/square',
          inputs: { numbers: [output(0, 'numbers')] },
          with: { tag: 'resumed' },
        },
        { id: 'fragile', activity: 'test/fragile', with: { tag: 'resumed' }, needs: [1] },
      ]);
    expect((await house.finish(plan(), { onFailure: 'fail' })).state).toBe('failed');
    house.openGate();
    const again = await house.finish(plan());
    expect(statesOf(again)).toEqual({ numbers: 'cached', square: 'cached', fragile: 'done' });
    expect(house.trace('square')).toHaveLength(30);
  });

  test('that is held finds what another run has committed meanwhile', async () => {
    const plan = testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: 'meanwhile' } }]);
    const held = await house.finish(plan);
    house.openGate();
    expect((await house.finish(plan)).state).toBe('succeeded');
    house.forget();
    await house.client.retry(held.run.id);
    await house.reach(held.run.id, 'succeeded');
    expect(house.trace()).toEqual([]);
  });
});

describe('bad items', () => {
  test('of their own fault are worked on again only where all are asked for', async () => {
    const plan = squares(8, { bad: [2, 5], tag: 'again' }, { items: { max_failures: { count: 1 } } });
    const { run } = await house.finish(plan);
    expect(house.trace('square')).toHaveLength(8);
    await house.client.retry(run.id, 'square');
    await house.reach(run.id, 'held');
    // Nothing was left to do, and the limit is still passed. Until the stage has said so, it is not held again.
    await house.servers.until(
      () =>
        house.client.retry(run.id, 'square', { items: 'all' }).then(
          () => true,
          () => false,
        ),
      'the stage to be held again',
    );
    expect(house.trace('square').slice(0, 8)).toHaveLength(8);
    await house.servers.until(() => Promise.resolve(house.trace('square').length === 10), 'both to be tried again');
    expect(house.trace('square').slice(8).sort()).toEqual(['square 2#0', 'square 5#0']);
    await house.client.cancel(run.id);
  });
});

describe('two runs with policies of their own', () => {
  test('a run that was told of a failure under less than it asked for tries under its own', async () => {
    const plan = (attempts: number): Plan =>
      testPlan([
        {
          id: 'fragile',
          activity: 'test/fragile',
          with: { tag: 'policy', slow: 1_500 },
          retry: { attempts, backoff: 1 },
        },
      ]);
    const weak = await house.start(plan(1));
    await house.traced('fragile');
    const strong = await house.start(plan(3));
    await house.reach(weak, 'held');
    await house.traced('fragile', 4);
    expect((await house.reach(strong, 'held')).nodes[0]?.failure?.message).toContain('the gate is shut');
    expect(house.trace('fragile')).toHaveLength(4);
  });
});

describe('a run on hold', () => {
  test('keeps no history, and a stage that was terminated is noticed without being told', async () => {
    const held = await house.finish(testPlan([{ id: 'fragile', activity: 'test/fragile', with: { tag: 'short' } }]));
    const handle = house.temporal.workflow.getHandle(runWorkflowId(held.run.id));
    await house.servers.until(async () => (await handle.describe()).historyLength < 10, 'a short history');
    await house.client.retry(held.run.id);
    await house.traced('fragile', 2);
    await house.reach(held.run.id, 'held');

    const run = await house.start(testPlan([{ id: 'waiting', activity: 'test/waiting', with: { tag: 'gone' } }]), {
      watch: 2_000,
    });
    await house.traced('waiting begins');
    const { nodes } = await house.client.runStatus(run);
    await house.temporal.workflow
      .getHandle(stageWorkflowId(house.client.store.id, nodes[0]?.key ?? ''))
      .terminate('gone without a word');
    await house.traced('waiting begins', 2);
    await house.client.cancel(run);
    await house.reach(run, 'cancelled');
  });
});
