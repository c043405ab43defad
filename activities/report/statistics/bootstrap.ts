import { seededRandom } from '../../random.js';

export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
  /** Two-sided level of the interval, such as 0.95. */
  readonly level: number;
}

export interface Bootstrapped {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, for a mean of zero; at least 2 / (resamples + 1). */
  readonly p: number;
}

/** Percentile bootstrap of a mean over instances: all rollouts of an instance go together, for they are one value here. */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions): Bootstrapped {
  const n = values.length;
  if (n === 0) return { mean: NaN, low: NaN, high: NaN, p: NaN };
  const draws = drawsOf(n, options);
  const means = new Float64Array(options.resamples);
  let below = 0;
  let above = 0;
  for (let resample = 0; resample < options.resamples; resample += 1) {
    let sum = 0;
    for (let draw = 0; draw < n; draw += 1) sum += values[draws[resample * n + draw] as number] as number;
    if (sum <= 1e-12) below += 1;
    if (sum >= -1e-12) above += 1;
    means[resample] = sum / n;
  }
  means.sort();
  const tail = (1 - options.level) / 2;
  return {
    mean: mean(values),
    low: quantile(means, tail),
    high: quantile(means, 1 - tail),
    p: Math.min(1, (2 * (Math.min(below, above) + 1)) / (options.resamples + 1)),
  };
}

/** The last two draws made (all instances, valid ones): every estimate of a report is over the same resamples, which also pairs them. */
const kept = new Map<string, Uint32Array>();

function drawsOf(n: number, { seed, resamples }: BootstrapOptions): Uint32Array {
  const key = `${n} ${seed} ${resamples}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const random = seededRandom(seed);
  const draws = Uint32Array.from({ length: n * resamples }, () => random.below(n));
  // Large ones are not worth the memory.
  if (draws.length <= 20_000_000) {
    const [oldest] = kept.keys();
    if (kept.size > 1 && oldest !== undefined) kept.delete(oldest);
    kept.set(key, draws);
  }
  return draws;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Linear between neighbours; `sorted` ascending and not empty. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}
