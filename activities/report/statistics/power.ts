import { mean } from './bootstrap.js';

/** Of the standard normal: two-sided 5 % and 80 % power. */
const QUANTILES = 1.959964 + 0.841621;

/** Smallest true mean of paired differences that this many instances show at 80 % power and a two-sided alpha of 0.05, uncorrected. */
export function smallestDetectable(differences: readonly number[]): number {
  const n = differences.length;
  if (n < 2) return NaN;
  const centre = mean(differences);
  const variance = differences.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
  return QUANTILES * Math.sqrt(variance / n);
}
