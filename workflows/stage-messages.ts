import type { Failure } from '../artifacts/run-record.js';

/** Somebody who waits for a stage. The epoch tells apart two subscriptions of one node. */
export interface Subscriber {
  readonly runId: string;
  readonly node: number;
  readonly epoch: number;
}

/** Policy that a stage works under; none of it is in the key. */
export interface StagePolicy {
  /** Object that says what is to be done. */
  readonly order: string;
  readonly attempts: number;
  /** Milliseconds of one attempt. */
  readonly timeout?: number;
  readonly maxFailures?: { readonly share: number } | { readonly count: number };
}

/** What a stage tells its subscribers. */
export interface StageEnd {
  readonly node: number;
  readonly epoch: number;
  readonly outcome: StageOutcome;
}

export type StageOutcome =
  | { readonly kind: 'committed' }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      /** It failed under the policy of somebody who asked for less: subscribing again may do better. */
      readonly weaker?: boolean;
    }
  | { readonly kind: 'cancelled' };
