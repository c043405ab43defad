import type { Failure, RunState } from '../artifacts/run-record.js';
import type { AdvanceAnswer, AdvanceInput } from './advance.js';
import type { StateLetter } from './node-states.js';
import type { Revise } from './revise.js';
import type { RunInput } from './run-input.js';
import type { ScheduledRunInput } from './scheduled-run-input.js';
import type { ItemSplit } from './stage-activities.js';
import type { StageOutcome, StagePolicy, Subscriber } from './stage-messages.js';

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
