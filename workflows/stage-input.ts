import { defineSignal } from '@temporalio/workflow';
import type { StagePolicy, Subscriber } from './stage-messages.js';

/** Workers of older versions send no policy. */
export const subscribeSignal = defineSignal<[Subscriber, StageInput?]>('subscribe');
export const unsubscribeSignal = defineSignal<[Subscriber]>('unsubscribe');

/** Policy of the first subscriber; none of it is in the key. */
export interface StageInput extends StagePolicy {
  readonly key: string;
  readonly queue: string;
  readonly map: boolean;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly backoff: number;
  /** Codes of failures that take no further attempt. */
  readonly nonRetryable?: readonly string[];
  /** Attempts that the subscriber's run has made without this workflow. Absent: none. */
  readonly spent?: number;
  /** Shards at once. */
  readonly shards: number;
  /**
   * Short steps are done where the workflow's task is, without a trip over the server. In the input and not behind `patched()`, which
   * writes a search attribute in each execution: stages are many. Absent in executions of older workers.
   */
  readonly nearby?: true;
}
