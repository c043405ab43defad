import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestAtK } from '../../activities/report/statistics/best-at-k.js';
import { bootstrapMean } from '../../activities/report/statistics/bootstrap.js';
import { auc } from '../../activities/report/statistics/calibration.js';
import { choose, subsets } from '../../activities/report/statistics/combinations.js';
import { holm } from '../../activities/report/statistics/holm.js';
import { leaveOneOut } from '../../activities/report/statistics/leave-one-out.js';
import { passAtK } from '../../activities/report/statistics/pass-at-k.js';
import { elect, voteAtK } from '../../activities/report/statistics/vote-at-k.js';

const average = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const attempts = fc.array(
  fc.record({ score: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(null)), right: fc.boolean() }),
  { minLength: 1, maxLength: 8 },
);

describe('against brute force over all subsets', () => {
  test('pass@k', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), fc.nat(7), (right, less) => {
        const k = Math.max(1, right.length - less);
        const brute = average(
          [...subsets(right.length, k)].map((chosen) => (chosen.some((index) => right[index]) ? 1 : 0)),
        );
        expect(passAtK(right.length, right.filter(Boolean).length, k)).toBeCloseTo(brute, 12);
      }),
    );
  });

  test('best@k, ties averaged', () => {
    fc.assert(
      fc.property(attempts, fc.nat(7), (all, less) => {
        const k = Math.max(1, all.length - less);
        const brute = average(
          [...subsets(all.length, k)].map((chosen) => {
            const own = chosen.map((index) => all[index] as (typeof all)[number]);
            const most = Math.max(...own.map(({ score }) => score ?? -Infinity));
            return average(
              own.filter(({ score }) => (score ?? -Infinity) === most).map(({ right }) => (right ? 1 : 0)),
            );
          }),
        );
        expect(bestAtK(all, k)).toBeCloseTo(brute, 12);
      }),
    );
  });

  test('auc', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ score: fc.integer({ min: 0, max: 4 }), right: fc.boolean() }), { maxLength: 15 }),
        (all) => {
          const pairs = all
            .filter(({ right }) => right)
            .flatMap((a) =>
              all.filter(({ right }) => !right).map((b) => (a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0)),
            );
          if (pairs.length === 0) expect(auc(all)).toBeNull();
          else expect(auc(all)).toBeCloseTo(average(pairs), 12);
        },
      ),
    );
  });
});

test('subsets are as many as choose says, and distinct', () => {
  for (let n = 0; n <= 7; n += 1) {
    for (let k = 0; k <= n; k += 1) expect(new Set([...subsets(n, k)].map(String)).size).toBe(choose(n, k));
  }
});

test('more attempts than there are: no estimate, never a guess', () => {
  expect([passAtK(3, 1, 4), bestAtK([{ score: 1, right: true }], 2), voteAtK([], 1)]).toEqual([null, null, null]);
});

test('votes: equal patches together, empty ones last, ties averaged', () => {
  const [a, b] = [
    { patch: 'a', weight: 1, right: true },
    { patch: 'b', weight: 1, right: false },
  ];
  expect(elect([a, a, b])).toBe(1);
  expect(elect([a, b])).toBe(0.5);
  expect(elect([{ patch: null, weight: 9, right: false }, a])).toBe(1);
  expect(voteAtK([a, a, b], 2)).toBeCloseTo(2 / 3);
});

describe('bootstrap', () => {
  const options = { resamples: 2000, seed: 3, level: 0.95 };
  const values = Array.from({ length: 100 }, (_, index) => (index % 4 === 0 ? 1 : 0));
  const uneven = values.map((value, index) => value + index / 997);
  test('is a function of values and seed', () => {
    expect(bootstrapMean(uneven, options)).toEqual(bootstrapMean(uneven, options));
    expect(bootstrapMean(uneven, { ...options, seed: 4 })).not.toEqual(bootstrapMean(uneven, options));
  });
  test('has the interval that the binomial has', () => {
    const { mean, low, high } = bootstrapMean(values, options);
    expect(mean).toBe(0.25);
    expect(low).toBeCloseTo(0.25 - 1.96 * Math.sqrt((0.25 * 0.75) / 100), 1);
    expect(high).toBeCloseTo(0.25 + 1.96 * Math.sqrt((0.25 * 0.75) / 100), 1);
  });
  test('no difference is no evidence; a sure one has the least p', () => {
    expect(bootstrapMean([0, 0, 0], options).p).toBe(1);
    expect(bootstrapMean([1, 1, 1], options).p).toBeCloseTo(2 / 2001);
  });
});

test('Holm: between p and Bonferroni, monotone, capped', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }), (values) => {
      const adjusted = holm(values);
      values.forEach((value, index) => {
        expect(adjusted[index]).toBeGreaterThanOrEqual(value);
        expect(adjusted[index]).toBeLessThanOrEqual(Math.min(1, value * values.length) + 1e-12);
        values.forEach((other, place) => {
          if (other < value) expect(adjusted[place] ?? 1).toBeLessThanOrEqual(adjusted[index] ?? 0);
        });
      });
    }),
  );
});

test('leave one package out', () => {
  expect(leaveOneOut([1, 1, 0], ['a', 'a', 'b'])).toEqual({ low: 0, high: 1, without_low: 'a', without_high: 'b' });
  expect(leaveOneOut([1], ['a'])).toBeNull();
});
