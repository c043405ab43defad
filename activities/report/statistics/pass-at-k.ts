/**
 * Chance that at least one of k attempts, drawn without replacement from n of which c are right, is right:
 * 1 - C(n-c, k) / C(n, k). Null where k > n.
 */
export function passAtK(n: number, c: number, k: number): number | null {
  if (k > n || k < 1) return null;
  let allWrong = 1;
  for (let drawn = 0; drawn < k; drawn += 1) allWrong *= Math.max(0, n - c - drawn) / (n - drawn);
  return 1 - allWrong;
}
