import type { Comparison, ScoreDocument, Wording } from './score-document.js';
import { bootstrapMean } from './statistics/bootstrap.js';
import { holm } from './statistics/holm.js';
import { leaveOneOut } from './statistics/leave-one-out.js';
import { smallestDetectable } from './statistics/power.js';

/** Two metrics over the same instances, in the same order. */
export interface Contrast {
  readonly label: string;
  readonly left: string;
  readonly right: string;
  readonly leftValues: readonly number[];
  readonly rightValues: readonly number[];
}

/** Paired bootstrap over instances, Holm over all contrasts given. */
export function comparisons(
  contrasts: readonly Contrast[],
  clusters: readonly string[],
  settings: Pick<ScoreDocument['settings'], 'resamples' | 'seed' | 'interval'>,
): Comparison[] {
  const tested = contrasts.map((contrast) => {
    const differences = contrast.rightValues.map((value, index) => value - (contrast.leftValues[index] ?? 0));
    const level = settings.interval;
    return { contrast, differences, result: bootstrapMean(differences, { ...settings, level }) };
  });
  const adjusted = holm(tested.map(({ result }) => result.p));
  return tested.map(({ contrast: { label, left, right }, differences, result }, index) => {
    const p = adjusted[index] ?? 1;
    return {
      label,
      left,
      right,
      difference: { mean: result.mean, low: result.low, high: result.high, n: differences.length },
      p: result.p,
      p_holm: p,
      wording: wording(result.mean, p),
      detectable: smallestDetectable(differences),
      leave_one_out: leaveOneOut(differences, clusters),
    };
  });
}

/** The only words that a report has for a difference. */
export function wording(difference: number, p: number): Wording {
  if (!(p < 0.05)) return 'not resolved';
  return difference > 0 ? 'supported' : 'contradicted';
}
