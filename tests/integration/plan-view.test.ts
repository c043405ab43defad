import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDifference } from '../../engine/explain/compare-runs.js';
import type { Explanation } from '../../engine/explain/explain-stage.js';
import type { StagePreview } from '../../engine/explain/preview.js';
import { House } from '../support/house.js';

/** What people are told before and after a param changed: plan, explain and diff on real services. */
const recipe = fileURLToPath(new URL('../../recipes/examples/dvc-get-started.yaml', import.meta.url));
const changed = ['--set', 'train.steps=1'];

const house = new House('bubblewrap');
let first: string;
let second: string;
beforeAll(() => house.open(), 1_200_000);
afterAll(() => house.close(), 120_000);

async function stdout(...words: string[]): Promise<string> {
  const answer = await house.mortar(...words);
  expect(answer.code, answer.stderr).toBe(0);
  return answer.stdout;
}

async function run(...words: string[]): Promise<string> {
  const { stdout: events } = await house.mortar('run', recipe, '--on-failure', 'fail', '--json', ...words);
  const last = events.trim().split('\n').at(-1) ?? '{}';
  return String((JSON.parse(last) as { run?: string }).run);
}

interface PlanAnswer {
  readonly stages: readonly (StagePreview & { readonly reason: string })[];
  readonly since?: { readonly run: string; readonly params: unknown };
  readonly origins: Readonly<Record<string, unknown>>;
  readonly estimate: { readonly milliseconds: number; readonly unknown: number };
}

async function plan(...words: string[]): Promise<PlanAnswer> {
  return JSON.parse(await stdout('plan', recipe, '--json', ...words)) as PlanAnswer;
}

const states = ({ stages }: PlanAnswer): string[] => stages.map(({ id, state, reason }) => `${id} ${state}: ${reason}`);

describe('a param that changes', () => {
  test('before the first run everything is to run or waits, and no time is known', async () => {
    const found = await plan();
    expect(states(found)).toEqual([
      'prepare to run: first run',
      'featurize waiting: on prepare',
      'train waiting: on featurize',
      'evaluate waiting: on train, featurize',
    ]);
    expect(found.estimate).toMatchObject({ milliseconds: 0, unknown: 4 });
  });

  test('after it everything is cached; with another value exactly what reads it is to run, with the reason', async () => {
    first = await run();
    expect(states(await plan())).toEqual(
      ['prepare', 'featurize', 'train', 'evaluate'].map((id) => `${id} cached: done by ${first}`),
    );
    const found = await plan(...changed);
    expect(states(found).map((line) => line.split(':')[0])).toEqual([
      'prepare cached',
      'featurize cached',
      'train to run',
      'evaluate waiting',
    ]);
    expect(found.stages[2]).toMatchObject({
      against: first,
      differences: [
        { field: 'with.run', before: expect.stringContaining(' 60 '), after: expect.stringContaining(' 1 ') },
      ],
      estimate: { samples: 1, from: 'stage' },
    });
    expect(found.stages[3]?.on).toEqual(['train']);
    expect(found.since).toEqual({ run: first, params: [{ field: 'train.steps', before: 60, after: 1 }] });
    expect(found.origins['train.steps']).toEqual({ from: '--set' });
    expect(found.origins['train.rate']).toEqual({ from: 'default', file: recipe, line: 12 });
    expect(found.estimate.milliseconds).toBeGreaterThan(0);
    expect(await stdout('plan', recipe, ...changed)).toMatch(/^train +command +to run +~/m);
  });

  test('explain names the field, both values, and where the change of a later stage began', async () => {
    second = await run(...changed);
    const train = JSON.parse(await stdout('explain', second, 'train', '--json')) as Explanation;
    expect(train).toMatchObject({ state: 'done', against: first });
    expect(train.differences?.map(({ field }) => field)).toEqual(['with.run']);
    const evaluate = JSON.parse(await stdout('explain', second, 'evaluate', '--json')) as Explanation;
    expect(evaluate.differences?.map(({ field }) => field)).toEqual(['inputs.model[0].digest']);
    expect(evaluate.roots).toEqual([{ stage: 'train', ...train.differences?.[0] }]);
    const prepare = await stdout('explain', second, 'prepare');
    expect(prepare).toContain(`done before by ${first}`);
    expect(prepare).toContain(`The same work as in ${first}`);
  });

  test('diff shows the param, the stages with the reason, the metrics; of a run with itself that it is the same', async () => {
    const text = await stdout('diff', first, second);
    expect(text).toContain('2 stages did the same work, 2 did not.');
    expect(text).toContain('train.steps: 60 -> 1');
    expect(text).toMatch(/evaluate\.roc_auc: 0\.\d+ -> 0\.\d+ \(-0\.\d+\)/);
    const { stages, durations } = JSON.parse(await stdout('diff', first, second, '--json')) as RunDifference;
    expect(stages.map(({ stage, inputs }) => [stage, inputs])).toEqual([
      ['train', []],
      ['evaluate', ['train.model']],
    ]);
    expect(durations.find(({ stage }) => stage === 'prepare')).not.toHaveProperty('after');
    expect(await stdout('diff', second, second)).toContain('The same: equal params, and 4 stages');
  });

  test('the records are enough where Temporal is down; without a store a plan says so, at once', async () => {
    const { pid } = JSON.parse(readFileSync(join(house.home, 'temporal.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect(await stdout('explain', second, 'train')).toContain('with.run');
    expect(await stdout('diff', first, second)).toContain('train.steps: 60 -> 1');
    expect(states(await plan(...changed)).every((line) => line.includes(`cached: done by`))).toBe(true);
    await house.mortar('down');
    const began = Date.now();
    const answer = await house.mortar('plan', recipe);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(answer.code).toBe(0);
    expect(answer.stderr).toContain('cached or not is not known');
    expect(answer.stdout).toMatch(/^train +command +sandbox/m);
  });
});
