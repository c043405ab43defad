import type { Estimate, Wording } from './score-document.js';

/** One record of kind `comparison`. */
export interface ComparisonDocument {
  readonly mortar: 1;
  readonly metric: string;
  readonly baseline: string;
  readonly averaged: readonly string[];
  readonly correction: 'holm' | 'none';
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
  /** Standard deviation of the runs' means; null for one run. */
  readonly spread: number | null;
  /** Against the baseline; null for the baseline. */
  readonly difference: Estimate | null;
  /** Corrected; null for the baseline. */
  readonly p: number | null;
  readonly wording: Wording | null;
  readonly detectable: number | null;
  readonly target: { readonly delta: number; readonly source: string; readonly trust: string } | null;
}
