import { beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../artifacts/open.js';
import { previewPlan, type PlanPreview } from '../../../engine/explain/preview.js';
import type { Plan } from '../../../recipe/plan.js';
import { squares } from '../../integration/plans.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';
import { pretendRun, registry } from '../../support/pretend-run.js';

let store: Store;
beforeEach(() => {
  store = memoryRooms();
});

function preview(plan: Plan, more: { within?: number } = {}): Promise<PlanPreview> {
  return previewPlan(plan, { store, registry, environment: async () => null, ...more });
}

const states = ({ stages }: PlanPreview): string[] => stages.map(({ id, state }) => `${id} ${state}`);

describe('a plan against the store', () => {
  test('in an empty store the first stage is to run, for the first time, and the others wait', async () => {
    const found = await preview(squares(3));
    expect(states(found)).toEqual(['numbers to run', 'square waiting', 'sum waiting']);
    expect(found.stages.map(({ on, against, estimate }) => ({ on, against, estimate }))).toEqual([
      { on: [], against: undefined, estimate: undefined },
      { on: ['numbers'], against: undefined, estimate: undefined },
      { on: ['square'], against: undefined, estimate: undefined },
    ]);
    expect(found.since).toBeUndefined();
  });

  test('after a run everything is cached, and whose work it is is said', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    const found = await preview(squares(3));
    expect(states(found)).toEqual(['numbers cached', 'square cached', 'sum cached']);
    expect(found.stages[1]?.made).toEqual({ run: '260101-000000-aaa' });
  });

  test('a changed value runs its stage, says the field, and lets those behind it wait; times are those of the run', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    const plan = { ...squares(3, { power: 3 }), params: { power: 3 } };
    const found = await preview(plan);
    expect(states(found)).toEqual(['numbers cached', 'square to run', 'sum waiting']);
    expect(found.stages[1]).toMatchObject({
      against: '260101-000000-aaa',
      differences: [{ field: 'with.power', after: 3 }],
      estimate: { milliseconds: 2_000, samples: 1, from: 'stage' },
    });
    expect(found.stages[2]).toMatchObject({ on: ['square'], differences: [], estimate: { milliseconds: 3_000 } });
    expect(found.since).toEqual({ run: '260101-000000-aaa', params: [{ field: 'power', after: 3 }] });
  });

  test('the newest run of the same recipe is what a stage is compared with', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    await pretendRun(store, '260102-000000-bbb', squares(4));
    await pretendRun(store, '260103-000000-ccc', { ...squares(5), name: 'other' });
    const found = await preview(squares(6));
    expect(found.stages[0]).toMatchObject({
      against: '260102-000000-bbb',
      differences: [{ field: 'with.n', before: 4, after: 6 }],
    });
  });

  test('runs of another profile say nothing about time', async () => {
    await pretendRun(store, '260101-000000-aaa', { ...squares(3), profile: 'large' });
    expect((await preview(squares(4))).stages.map(({ estimate }) => estimate)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a stage that was never timed is estimated by others of its activity', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    const plan = squares(4);
    const renamed = { ...plan, nodes: plan.nodes.map((node) => ({ ...node, id: `${node.id}[b]` })) };
    expect((await preview(renamed)).stages[2]?.estimate).toEqual({ milliseconds: 3_000, samples: 1, from: 'activity' });
  });

  test('a result that its expect refuses holds the run there, and what is behind waits', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    const found = await preview(squares(3, {}, { expect: 'outputs.n > 1' }));
    expect(states(found)).toEqual(['numbers cached', 'square cached', 'sum waiting']);
    expect(found.stages[1]?.hold).toBe('expect');
  });

  test('looking changes nothing in the store, even where the bytes of a result are gone', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    const names = async (): Promise<string[]> => {
      const all: string[] = [];
      for await (const { key } of store.objects.list('')) all.push(key);
      return all;
    };
    const before = await names();
    await preview(squares(3));
    await preview(squares(4));
    expect(await names()).toEqual(before);
  });

  test('what could not be looked up in time, or not here, is unknown, and so is all behind it', async () => {
    await pretendRun(store, '260101-000000-aaa', squares(3));
    const late = await preview(squares(3), { within: -1 });
    expect(states(late)).toEqual(['numbers unknown', 'square unknown', 'sum unknown']);
    const [numbers, ...others] = squares(3).nodes;
    if (!numbers) throw new Error('no node');
    const foreign = await preview({ ...squares(3), nodes: [{ ...numbers, activity: 'other/thing' }, ...others] });
    expect(states(foreign)).toEqual(['numbers unknown', 'square unknown', 'sum unknown']);
    expect(foreign.stages[0]?.note).toContain('other/thing');
  });
});
