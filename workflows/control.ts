import type { Failure, OnFailure, RunState } from '../artifacts/run-records.js';
import type { StateLetter } from './node-states.js';
import type { RunInput } from './run-input.js';
import type { ScheduledRunInput } from './scheduled-run.js';

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

export interface AdvanceInput {
  readonly runId: string;
  readonly plan: string;
  /** One letter a node. */
  readonly states: string;
  /** Nodes whose stage this run has waited for: found now, they are done, not cached. */
  readonly ran: readonly number[];
  readonly approved: readonly number[];
  /** Nodes whose bad items are all to be worked on again, and since when. */
  readonly again?: readonly (readonly [node: number, since: string])[];
  /** How many more stages may be in flight. */
  readonly room: number;
  /** Ends after a few hundred nodes or a second: for a walk within a workflow's task. */
  readonly quick?: boolean;
  /** Small work is named in batches, to be done without a workflow a stage: how many of these are under way. */
  readonly direct?: { readonly inFlight: number };
  /** A node that was cached may be waiting again in the answer, because what it gave is gone. */
  readonly rewinds?: boolean;
  readonly onFailure: OnFailure;
}

export interface AdvanceAnswer {
  readonly changes: readonly (readonly [node: number, state: StateLetter])[];
  /** Stages to subscribe to. */
  readonly ready: readonly { readonly node: number; readonly key: string }[];
  /** Further ones, for `executeDirect`. */
  readonly direct?: readonly DirectBatch[];
  /** The walk stopped at its limit: call again. */
  readonly more: boolean;
}

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

/** A stage to subscribe to. */
export interface StageToWaitFor {
  readonly node: number;
  readonly key: string;
  readonly epoch: number;
  /** Of a stage that could not be done directly: the attempts that this took. */
  readonly spent?: number;
}

/** Activities on the queue `mortar`: short, served by every worker, so that long stages never starve the engine. */
export interface ControlActivities {
  advance(input: AdvanceInput): Promise<AdvanceAnswer>;
  /** Executions of older workers subscribe to one stage at a time. */
  subscribe(input: Subscriber & { readonly key: string }): Promise<void>;
  subscribeAll(input: {
    readonly runId: string;
    readonly plan: string;
    readonly stages: readonly StageToWaitFor[];
    /** Object that has their orders, where they are not written down one by one yet. */
    readonly batch?: string;
  }): Promise<void>;
  unsubscribe(input: Subscriber & { readonly key: string }): Promise<void>;
  /** False: the run is closed, so the subscriber can be dropped. */
  notify(input: {
    readonly subscriber: Subscriber;
    readonly outcome: StageOutcome;
    /** What the work was done under; absent in executions of older workers. */
    readonly under?: StagePolicy;
  }): Promise<boolean>;
  /** Numbers of the nodes whose stage no longer runs. */
  describeStages(input: {
    readonly stages: readonly { readonly node: number; readonly key: string }[];
  }): Promise<number[]>;
  recordNodes(input: {
    readonly runId: string;
    readonly plan: string;
    readonly nodes: readonly { readonly node: number; readonly state: StateLetter; readonly failure?: Failure }[];
  }): Promise<void>;
  /** Gives the run another plan: for each of its nodes the one that it takes over from the present plan, or -1. */
  revise(input: { readonly runId: string; readonly plan: string; readonly next: Revise }): Promise<number[]>;
  /** Puts the records of a run that has ended together. */
  compactRun(input: { readonly runId: string }): Promise<void>;
  recordRun(input: { readonly runId: string; readonly state: RunState; readonly failure?: Failure }): Promise<void>;
  /** Writes down the run of one firing of a schedule, and gives what its workflow is started with. */
  prepareRun(input: ScheduledRunInput & { readonly at: string }): Promise<PreparedRun>;
  isCommitted(input: { readonly key: string }): Promise<boolean>;
  splitItems(input: { readonly order: string }): Promise<ItemSplit>;
}

export interface PreparedRun {
  readonly name: string;
  readonly profile: string | null;
  readonly input: RunInput;
}

/** Another plan for a run that goes on. */
export interface Revise {
  /** Digests of the plan's blob and of what it was made from. */
  readonly plan: string;
  readonly source: string;
  readonly nodes: number;
  readonly set: readonly string[];
  readonly stage?: string;
  /** Nodes of the next plan that are to be tried again; none: all that are held or failed. */
  readonly retry: readonly number[];
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
  /** Does what of a batch nobody else is at, and says of each stage what became of it. */
  executeDirect(input: DirectInput): Promise<DirectOutcome[]>;
}

/** Name of the activity that does batches. */
export const DIRECT = 'executeDirect';
/** Memo of a stage's workflow: the queue that its work waits on. */
export const QUEUE = 'queue';
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
