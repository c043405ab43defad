import { beforeEach, describe, expect, test } from 'vitest';
import { differenceLines } from '../../../cli/plan/difference-lines.js';
import { viewRun } from '../../../cli/run/run-view.js';
import type { Store } from '../../../artifacts/open.js';
import { compareRuns, type RunDifference } from '../../../engine/explain/compare-runs.js';
import { estimatesOf } from '../../../engine/explain/score-changes.js';
import type { Plan } from '../../../recipe/plan.js';
import { squares } from '../../integration/plans.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';
import { pretendRun } from '../../support/pretend-run.js';

const [first, second] = ['260101-000000-aaa', '260102-000000-bbb'];
let store: Store;
beforeEach(() => {
  store = memoryRooms();
});

async function compare(before: string, after: string): Promise<RunDifference> {
  return compareRuns(store, await viewRun(store, before), await viewRun(store, after));
}

function withParams(plan: Plan, power: number): Plan {
  return { ...plan, params: { square: { power } } };
}

describe('two runs', () => {
  test('that are the same are said to be', async () => {
    await pretendRun(store, first, squares(3));
    const same = await compare(first, first);
    expect(same).toMatchObject({ params: [], stages: [], scalars: [], scores: [], same: 3 });
    expect(differenceLines(same)[1]).toBe(
      'The same: equal params, and 3 stages that did the same work with the same numbers.',
    );
  });

  test('differ in params, in stages with the reason, in numbers by how much, in times', async () => {
    await pretendRun(store, first, withParams(squares(3, { power: 2 }), 2), { scalars: { n: 1 } });
    await pretendRun(store, second, withParams(squares(3, { power: 3 }), 3), { scalars: { n: 1.5 } });
    const lines = differenceLines(await compare(first, second));
    expect(lines).toEqual([
      `${first} -> ${second}`,
      '1 stage did the same work, 2 did not.',
      '',
      'Params',
      '  square.power: 2 -> 3',
      '',
      'Stages',
      '  square: with.power: 2 -> 3',
      '  sum: other square.squares',
      '',
      'Numbers',
      '  numbers.n: 1 -> 1.5 (+0.5)',
      '  square.n: 1 -> 1.5 (+0.5)',
      '  sum.n: 1 -> 1.5 (+0.5)',
      '',
      'Times',
      '  numbers: 1.0 s -> 1.0 s',
      '  square: 2.0 s -> 2.0 s',
      '  sum: 3.0 s -> 3.0 s',
    ]);
  });

  test('of which one has a stage that the other has not', async () => {
    await pretendRun(store, first, squares(3));
    await pretendRun(store, second, { ...squares(3), nodes: squares(3).nodes.slice(0, 2) });
    expect(differenceLines(await compare(first, second))).toContain('  sum: only in the first');
    expect(differenceLines(await compare(second, first))).toContain('  sum: only in the second');
  });

  test('with scores: intervals beside them, and no difference over other instances', () => {
    const at = (mean: number) => ({ mean, low: mean - 0.05, high: mean + 0.05, n: 150 });
    const change = { stage: 'score', name: 'sft Pass@1', before: at(0.3), after: at(0.35) };
    const difference: RunDifference = {
      before: 'a',
      after: 'b',
      params: [],
      stages: [],
      scalars: [],
      scores: [
        { ...change, comparable: true },
        { ...change, comparable: false },
      ],
      durations: [],
      elapsed: {},
      same: 1,
    };
    expect(differenceLines(difference).slice(-2)).toEqual([
      '  score sft Pass@1: 30.0 [25.0, 35.0] -> 35.0 [30.0, 40.0] (+5 points)',
      '  score sft Pass@1: 30.0 [25.0, 35.0] -> 35.0 [30.0, 40.0] (over other instances: not to be compared)',
    ]);
    expect(estimatesOf(undefined).size).toBe(0);
  });
});
