import { describe, expect, test } from 'vitest';
import { buildScore, type Settings } from '../../activities/report/build-score.js';
import type { Instance, Judgement, Verdict } from '../../schemas/records.js';
import { INSTANCE } from '../agent/memory-workspace.js';

export const SETTINGS: Settings = {
  k: [1, 2, 4],
  budgets: [2],
  interval: 0.95,
  cluster: 'repository',
  pairs: [
    ['base', 'sft'],
    ['greedy', 'sft'],
    ['control', 'sft'],
  ],
  resamples: 500,
  seed: 1,
};

const instances: Instance[] = Array.from({ length: 8 }, (_, index) => ({
  ...INSTANCE,
  instance_id: `i${index}`,
  repo: index < 4 ? 'a' : 'b',
  status: index === 7 ? 'invalid' : 'valid',
}));

function verdict(
  row: string,
  index: number,
  sample: number,
  resolved: boolean,
  change: Partial<Verdict> = {},
): { row: string; verdict: Verdict } {
  return {
    row,
    verdict: {
      trajectory_id: `i${index}#${sample}`,
      instance_id: `i${index}`,
      repo: 'a',
      row: '',
      sample,
      patch_digest: resolved ? 'right' : `wrong${sample}`,
      patch_size: 3,
      status: 'graded',
      resolved,
      FAIL_TO_PASS: { success: [], failure: [] },
      PASS_TO_PASS: { success: [], failure: [] },
      turns: 3,
      tokens: 10,
      valid_call: true,
      logprob: -sample,
      budgets: { 2: resolved },
      ...change,
    },
  };
}

const each = instances.map((_, index) => index);
const verdicts = [
  ...each.flatMap((index) => [0, 1, 2, 3].map((sample) => verdict('sft', index, sample, sample < 2))),
  // The last instance has no verdicts at all in this row.
  ...each.slice(0, 7).flatMap((index) => [0, 1, 2, 3].map((sample) => verdict('base', index, sample, sample === 0))),
  ...each.map((index) => verdict('greedy', index, 0, index < 2)),
];
const judgements = each.flatMap((index) =>
  [0, 1, 2, 3].map((sample) => {
    const judgement: Judgement = {
      trajectory_id: `i${index}#${sample}`,
      instance_id: `i${index}`,
      row: 'sft',
      sample,
      verifier: 'x',
      score: sample === 3 ? null : 1 - sample / 10,
      raw: {},
    };
    return { verifier: 'generative', judgement };
  }),
);
const document = await buildScore({ instances, verdicts, judgements, settings: SETTINGS });
const row = (name: string) => document.rows.find((one) => one.name === name);

describe('denominators', () => {
  test('an instance that is not valid is a failure whatever its verdicts say; the valid subset stands beside', () => {
    expect(row('sft')?.pass_at_1).toMatchObject({ mean: (7 / 8) * 0.5, n: 8 });
    expect(row('sft')?.pass_at_1_valid).toMatchObject({ mean: 0.5, n: 7 });
    expect(row('sft')?.verdicts).toEqual({ graded: 32, instance_not_valid: 4 });
  });
  test('missing verdicts are failures, and counted', () => {
    expect(row('base')?.verdicts).toEqual({ graded: 28, missing: 4, instance_not_valid: 4 });
    expect(row('base')?.pass_at_1.n).toBe(8);
  });
});

test('selectors: the verifier that ranks right ones first is the oracle here, up to the null', () => {
  const at4 = (kind: string) =>
    row('sft')
      ?.selectors.find((one) => one.kind === kind)
      ?.at.find(({ k }) => k === 4);
  expect(at4('verifier')?.all.mean).toBeCloseTo(7 / 8);
  expect(at4('oracle')?.all.mean).toBeCloseTo(7 / 8);
  expect(at4('majority')?.all.mean).toBeCloseTo(7 / 8);
  expect(at4('random')?.all.mean).toBeCloseTo(7 / 16);
  expect(at4('likelihood')?.valid.mean).toBeCloseTo(1);
  expect(at4('verifier')?.one_subset).toBe(true);
  expect(row('greedy')?.selectors).toEqual([]);
});

test('quality of the verifier, nulls counted', () => {
  expect(row('sft')?.verifiers[0]).toMatchObject({
    verifier: 'generative',
    judged: 24,
    nulls: 8,
    missing: 0,
    auc_within: 1,
  });
});

test('Pass@1 is valid-call rate times fix rate', () => {
  const sft = row('sft');
  expect((sft?.valid_call_rate ?? 0) * (sft?.fix_given_valid ?? 0)).toBeCloseTo(sft?.pass_at_1.mean ?? -1);
});

test('comparisons that were asked for, and what Best@K has to beat', () => {
  expect(document.comparisons.map(({ label }) => label)).toMatchInlineSnapshot(`
    [
      "sft over base, Pass@1",
      "sft over greedy, Pass@1",
      "sft: Best@4 (generative) over mean Pass@1",
      "sft: Best@4 (generative) over greedy",
      "sft: Best@4 (generative) over majority patch",
      "sft: weighted vote@4 (generative) over mean Pass@1",
      "sft: weighted vote@4 (generative) over greedy",
      "sft: weighted vote@4 (generative) over majority patch",
    ]
  `);
  expect(document.skipped).toEqual([{ pair: 'control, sft', reason: 'no row named control' }]);
  const equal = document.comparisons[4];
  expect(equal).toMatchObject({ p: 1, wording: 'not resolved', difference: { mean: 0 } });
});

test('the same records give the same document', async () => {
  expect(await buildScore({ instances, verdicts, judgements, settings: SETTINGS })).toEqual(document);
});
