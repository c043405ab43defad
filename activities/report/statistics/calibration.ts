export interface Judged {
  /** 0..1 */
  readonly score: number;
  readonly right: boolean;
}

/** Chance that a right attempt scores above a wrong one, ties half. Null where there is none of either. */
export function auc(judged: readonly Judged[]): number | null {
  const sorted = [...judged].sort((a, b) => a.score - b.score);
  const right = judged.filter((one) => one.right).length;
  const wrong = judged.length - right;
  if (right === 0 || wrong === 0) return null;
  let below = 0;
  let wins = 0;
  for (let start = 0; start < sorted.length;) {
    let end = start;
    let rightHere = 0;
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score) {
      rightHere += sorted[end]?.right === true ? 1 : 0;
      end += 1;
    }
    const wrongHere = end - start - rightHere;
    wins += rightHere * (below + wrongHere / 2);
    below += wrongHere;
    start = end;
  }
  return wins / (right * wrong);
}

/** Mean squared error of the scores as probabilities. */
export function brier(judged: readonly Judged[]): number | null {
  if (judged.length === 0) return null;
  return judged.reduce((sum, { score, right }) => sum + (score - (right ? 1 : 0)) ** 2, 0) / judged.length;
}

export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly score: number;
  readonly right: number;
}

/** Bins of equal width, empty ones left out. */
export function calibration(judged: readonly Judged[], bins = 10): CalibrationBin[] {
  return Array.from({ length: bins }, (_, bin) => {
    const inside = judged.filter(({ score }) => Math.min(bins - 1, Math.floor(score * bins)) === bin);
    const average = (value: (one: Judged) => number): number =>
      inside.reduce((sum, one) => sum + value(one), 0) / Math.max(1, inside.length);
    return {
      from: bin / bins,
      to: (bin + 1) / bins,
      count: inside.length,
      score: average(({ score }) => score),
      right: average(({ right }) => (right ? 1 : 0)),
    };
  }).filter(({ count }) => count > 0);
}

/** Expected calibration error: distance of score and share right, weighted by bin. */
export function calibrationError(bins: readonly CalibrationBin[]): number | null {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  return bins.reduce((sum, { count, score, right }) => sum + (count / total) * Math.abs(score - right), 0);
}
