import type { Estimate, Wording } from './score-document.js';

/** One record of kind `comparison`. */
export interface ComparisonDocument {
  readonly mortar: 1;
  /** Metrics compared, each a readout of every cell. */
  readonly metrics: readonly string[];
  readonly baseline: string;
  readonly averaged: readonly string[];
  readonly correction: 'holm' | 'none';
  readonly settings: { readonly resamples: number; readonly seed: number; readonly interval: number };
  readonly instances: number;
  /** Digest of the instance set that all cells share. */
  readonly digest: string;
  readonly cells: readonly ComparedCell[];
}

export interface ComparedCell {
  readonly name: string;
  readonly axes: Readonly<Record<string, string>>;
  /** Runs that were averaged: seeds. */
  readonly runs: number;
  readonly mean: number;
  /** Of the mean, over instances. */
  readonly estimate: Estimate;
  /** Standard deviation of the runs' means; null for one run. */
  readonly spread: number | null;
  /** Against the baseline; null for the baseline. */
  readonly difference: Estimate | null;
  /** Corrected; null for the baseline. */
  readonly p: number | null;
  readonly wording: Wording | null;
  readonly detectable: number | null;
  readonly target: {
    readonly delta: number;
    readonly source: string;
    readonly trust: string;
    readonly profile: string | null;
  } | null;
}
