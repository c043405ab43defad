import type { Failure } from '../artifacts/run-record.js';

/** Name of the activity that does batches. */
export const DIRECT = 'executeDirect';

/** Small stages that one activity does together. */
export interface DirectBatch {
  /** Object with their orders. */
  readonly batch: string;
  readonly queue: string;
  /** In the order of the orders. */
  readonly stages: readonly { readonly node: number; readonly key: string }[];
}

export interface DirectInput {
  readonly batch: string;
  readonly runId: string;
  /** What the run waits under for each stage; null where it no longer does. */
  readonly epochs: readonly (number | null)[];
}

/** What became of a stage that its run had done itself. */
export type DirectOutcome =
  | { readonly kind: 'committed' }
  /** Another run is at it, or it has to be tried again: that is for its own workflow. */
  | { readonly kind: 'elsewhere'; readonly spent: number }
  | { readonly kind: 'failed'; readonly failure: Failure };
