import type { Failure, OnFailure, RunState } from '../artifacts/run-records.js';
import type { StateLetter } from './node-states.js';

/** Somebody who waits for a stage. The epoch tells apart two subscriptions of one node. */
export interface Subscriber {
  readonly runId: string;
  readonly node: number;
  readonly epoch: number;
}

/** What a stage tells its subscribers. */
export interface StageEnd {
  readonly node: number;
  readonly epoch: number;
  readonly outcome: StageOutcome;
}

export type StageOutcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' };

export interface AdvanceInput {
  readonly runId: string;
  readonly plan: string;
  /** One letter a node. */
  readonly states: string;
  /** Nodes whose stage this run has waited for: found now, they are done, not cached. */
  readonly ran: readonly number[];
  readonly approved: readonly number[];
  /** How many more stages may be in flight. */
  readonly room: number;
  readonly onFailure: OnFailure;
}

export interface AdvanceAnswer {
  readonly changes: readonly (readonly [node: number, state: StateLetter])[];
  readonly ready: readonly { readonly node: number; readonly key: string }[];
  /** The walk stopped at its limit: call again. */
  readonly more: boolean;
}

/** Activities on the queue `mortar`: short, served by every worker, so that long stages never starve the engine. */
export interface ControlActivities {
  advance(input: AdvanceInput): Promise<AdvanceAnswer>;
  subscribe(input: Subscriber & { readonly key: string }): Promise<void>;
  unsubscribe(input: Subscriber & { readonly key: string }): Promise<void>;
  /** False: the run is closed, so the subscriber can be dropped. */
  notify(input: { readonly subscriber: Subscriber; readonly outcome: StageOutcome }): Promise<boolean>;
  /** Numbers of the nodes whose stage no longer runs. */
  describeStages(input: {
    readonly stages: readonly { readonly node: number; readonly key: string }[];
  }): Promise<number[]>;
  recordNodes(input: {
    readonly runId: string;
    readonly plan: string;
    readonly nodes: readonly { readonly node: number; readonly state: StateLetter; readonly failure?: Failure }[];
  }): Promise<void>;
  recordRun(input: { readonly runId: string; readonly state: RunState; readonly failure?: Failure }): Promise<void>;
  isCommitted(input: { readonly key: string }): Promise<boolean>;
  splitItems(input: { readonly order: string }): Promise<ItemSplit>;
}

export interface ItemSplit {
  /** Items of the stage. */
  readonly total: number;
  /** Of them, those that need no more work. */
  readonly finished: number;
  /** Of those, the ones that failed by their own fault. */
  readonly subject: number;
  /** Items in each shard. */
  readonly shards: readonly number[];
}

/** Activities on a resource queue. */
export interface StageActivities {
  execute(input: { readonly order: string; readonly attempt: number }): Promise<void>;
  executeShard(input: ShardInput): Promise<ShardResult>;
  assemble(input: { readonly order: string; readonly attempt: number }): Promise<void>;
}

/** Memo of a map's workflow: items finished by the shards that have ended, and before the attempt. */
export const FINISHED = 'finished';

export interface ShardInput {
  readonly order: string;
  readonly shard: number;
  readonly attempt: number;
  /** Items of the whole stage, and those finished when this shard was scheduled: for progress. */
  readonly total: number;
  readonly before: number;
  /** Bad items that this shard may still record; undefined: no limit. */
  readonly allowance?: number;
}

export interface ShardResult {
  readonly finished: number;
  readonly subject: number;
  readonly infrastructure: number;
  readonly unknown: number;
}
