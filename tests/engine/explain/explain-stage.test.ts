import { beforeEach, describe, expect, test } from 'vitest';
import { explanationLines } from '../../../cli/plan/explanation-lines.js';
import type { Store } from '../../../artifacts/open.js';
import { explainStage, type Explanation } from '../../../engine/explain/explain-stage.js';
import { PastRun } from '../../../engine/explain/past-runs.js';
import { squares } from '../../integration/plans.js';
import { memoryRooms, recordRun } from '../../support/memory-store-rooms.js';
import { pretendRun } from '../../support/pretend-run.js';

const [first, second, third] = ['260101-000000-aaa', '260102-000000-bbb', '260103-000000-ccc'];
let store: Store;
beforeEach(() => {
  store = memoryRooms();
});

async function explain(run: string, node: number, against?: string): Promise<Explanation> {
  const other = against === undefined ? undefined : { run: await PastRun.open(store, against), number: node };
  return explainStage(store, await PastRun.open(store, run), node, other);
}

describe('an explanation', () => {
  test('names the field that changed, with both values and the run that it was compared with', async () => {
    await pretendRun(store, first, squares(3, { power: 2 }));
    await pretendRun(store, second, squares(3, { power: 3 }));
    const found = await explain(second, 1);
    expect(found).toMatchObject({
      state: 'done',
      against: first,
      differences: [{ field: 'with.power', before: 2, after: 3 }],
      roots: [{ stage: 'square', field: 'with.power', before: 2, after: 3 }],
    });
    expect(explanationLines(found)).toEqual([
      `square of ${second}: done`,
      expect.stringMatching(/^key sha256:/),
      `Changed since ${first}:`,
      '  with.power: 2 -> 3',
    ]);
  });

  test('of a changed input goes on to the stage before, down to where it began', async () => {
    await pretendRun(store, first, squares(3));
    await pretendRun(store, second, squares(4));
    const found = await explain(second, 2);
    expect(found.roots).toEqual([{ stage: 'numbers', field: 'with.n', before: 3, after: 4 }]);
    expect(explanationLines(found).slice(3)).toEqual([
      expect.stringMatching(/^ {2}input squares: square.squares sha256:[0-9a-f]{12} -> sha256:[0-9a-f]{12}$/),
      '    because square changed:',
      expect.stringMatching(/^ {6}input numbers: numbers.numbers sha256:/),
      '        because numbers changed:',
      '          with.n: 3 -> 4',
      'It comes down to:',
      '  numbers: with.n: 3 -> 4',
    ]);
  });

  test('says where the same work gave another result', async () => {
    await pretendRun(store, first, squares(3));
    // The result was lost, and the work done again.
    for (const key of ['cache/'])
      for await (const { key: name } of store.objects.list(key)) await store.objects.delete(name);
    await pretendRun(store, second, squares(3), { salt: 'other' });
    expect((await explain(second, 1)).roots).toEqual([{ stage: 'numbers', field: 'result' }]);
    expect(explanationLines(await explain(second, 1)).join('\n')).toContain('gave another result');
  });

  test('of the same work says so, and whose it was', async () => {
    await pretendRun(store, first, squares(3));
    await pretendRun(store, second, squares(3));
    const found = await explain(second, 1);
    expect(found).toMatchObject({ differences: [], provenance: { run: first } });
    expect(explanationLines({ ...found, state: 'cached' })).toEqual([
      `square of ${second}: cached`,
      expect.any(String),
      `A hit: work with this key was done before by ${first} (square).`,
      `The same work as in ${first}: nothing in its key changed.`,
    ]);
  });

  test('compares with the newest earlier run of the recipe, or the one that was asked for', async () => {
    await pretendRun(store, first, squares(3));
    await pretendRun(store, second, squares(4));
    await pretendRun(store, third, squares(5));
    expect((await explain(third, 0)).differences).toEqual([{ field: 'with.n', before: 4, after: 5 }]);
    expect((await explain(third, 0, first)).differences).toEqual([{ field: 'with.n', before: 3, after: 5 }]);
    expect((await explain(second, 0)).against).toBe(first);
  });

  test('without an earlier run, or before the stage was reached, says that', async () => {
    await pretendRun(store, first, squares(3));
    expect(explanationLines(await explain(first, 0)).at(-1)).toContain('No earlier run had this stage');
    await recordRun(store, second, squares(3));
    expect(explanationLines(await explain(second, 0))).toEqual([
      `numbers of ${second}: waiting`,
      'It has not been reached, so it has no key.',
    ]);
  });
});
