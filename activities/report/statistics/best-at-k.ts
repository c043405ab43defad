import { choose } from './combinations.js';

export interface ScoredAttempt {
  /** Higher is taken; null is below every number. */
  readonly score: number | null;
  readonly right: boolean;
}

/**
 * Expected correctness of the best-scored of k attempts, over all subsets of k of the n, ties averaged. Exact:
 * the sum over distinct scores g of [C(#<=g, k) - C(#<g, k)] / C(n, k) times the share of right ones among those at g. Null where k > n.
 */
export function bestAtK(attempts: readonly ScoredAttempt[], k: number): number | null {
  const n = attempts.length;
  if (k > n || k < 1) return null;
  const byScore = new Map<number, { count: number; right: number }>();
  for (const { score, right } of attempts) {
    const group = byScore.get(score ?? -Infinity) ?? { count: 0, right: 0 };
    group.count += 1;
    group.right += right ? 1 : 0;
    byScore.set(score ?? -Infinity, group);
  }
  const all = choose(n, k);
  let below = 0;
  let expected = 0;
  for (const [, { count, right }] of [...byScore].sort(([a], [b]) => a - b)) {
    expected += ((choose(below + count, k) - choose(below, k)) / all) * (right / count);
    below += count;
  }
  return expected;
}
