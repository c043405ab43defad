import { mean } from './bootstrap.js';

export interface LeaveOneOut {
  readonly low: number;
  readonly high: number;
  /** The cluster whose absence gives the lowest mean, and the highest. */
  readonly without_low: string;
  readonly without_high: string;
}

/** Range of the mean when one cluster (a package) is left out. Null with fewer than two clusters. */
export function leaveOneOut(values: readonly number[], clusters: readonly string[]): LeaveOneOut | null {
  const names = [...new Set(clusters)];
  if (names.length < 2) return null;
  const means = names
    .map((name) => ({ name, mean: mean(values.filter((_, index) => clusters[index] !== name)) }))
    .sort((a, b) => a.mean - b.mean);
  const first = means[0] as (typeof means)[number];
  const last = means.at(-1) as (typeof means)[number];
  return { low: first.mean, high: last.mean, without_low: first.name, without_high: last.name };
}
