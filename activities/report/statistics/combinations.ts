/** Number of ways to choose k of n; exact in doubles up to about n = 60, and a ratio of two stays good beyond. */
export function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let result = 1;
  for (let step = 1; step <= Math.min(k, n - k); step += 1) result = (result * (n - Math.min(k, n - k) + step)) / step;
  return result;
}

/** All subsets of k of the numbers 0..n-1, each sorted. */
export function* subsets(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) return void (yield []);
  for (let first = from; first <= n - k; first += 1) {
    for (const rest of subsets(n, k - 1, first + 1)) yield [first, ...rest];
  }
}
