import { seededRandom } from '../../random.js';
import { choose, subsets } from './combinations.js';

export interface Ballot {
  /** Equal patches vote together; null (an empty patch) is never elected while another stands. */
  readonly patch: string | null;
  readonly weight: number;
  readonly right: boolean;
}

/** Subsets that are walked through; where there are more, as many are drawn by seed. */
const MOST_SUBSETS = 3000;

/** Expected correctness of the patch with the largest sum of weights among k of the ballots, ties averaged. Null where k > n. */
export function voteAtK(ballots: readonly Ballot[], k: number, seed = 17): number | null {
  const n = ballots.length;
  if (k > n || k < 1) return null;
  let sum = 0;
  let count = 0;
  for (const chosen of choose(n, k) <= MOST_SUBSETS ? subsets(n, k) : drawn(n, k, seed)) {
    sum += elect(chosen.map((index) => ballots[index] as Ballot));
    count += 1;
  }
  return sum / count;
}

export function elect(ballots: readonly Ballot[]): number {
  const standing = ballots.filter(({ patch }) => patch !== null);
  if (standing.length === 0) return 0;
  const byPatch = new Map<string, { weight: number; right: boolean }>();
  for (const { patch, weight, right } of standing) {
    const one = byPatch.get(patch ?? '') ?? { weight: 0, right };
    byPatch.set(patch ?? '', { weight: one.weight + weight, right: one.right });
  }
  const most = Math.max(...[...byPatch.values()].map(({ weight }) => weight));
  // Sums in another order differ in the last bits: those are ties.
  const best = [...byPatch.values()].filter(({ weight }) => weight >= most - 1e-12 * Math.max(1, Math.abs(most)));
  return best.filter(({ right }) => right).length / best.length;
}

function* drawn(n: number, k: number, seed: number): Generator<number[]> {
  const random = seededRandom(seed);
  for (let draw = 0; draw < MOST_SUBSETS; draw += 1) {
    const pool = Array.from({ length: n }, (_, index) => index);
    for (let place = 0; place < k; place += 1) {
      const other = place + random.below(n - place);
      [pool[place], pool[other]] = [pool[other] as number, pool[place] as number];
    }
    yield pool.slice(0, k);
  }
}
