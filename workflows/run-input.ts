import { ApplicationFailure, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { OnFailure, RunState } from '../artifacts/run-record.js';
import type { Revise } from './revise.js';
import type { StageEnd } from './stage-messages.js';
import type { FlightMemory } from './flights.js';

export interface RunInput {
  readonly runId: string;
  /** Digest of the plan's blob. */
  readonly plan: string;
  readonly nodes: number;
  readonly onFailure: OnFailure;
  /** Stages in flight at most. */
  readonly window: number;
  /** Milliseconds without news before the stages in flight are looked after. @default a minute */
  readonly watch?: number;
  /** The server knows our search attributes. */
  readonly searchable?: boolean;
  /** Small stages are done without workflows of their own. Absent in executions of older clients. */
  readonly direct?: boolean;
  readonly memory?: RunMemory;
}

export interface RunMemory {
  readonly version: number;
  readonly states: string;
  readonly approved: readonly number[];
  readonly ran: readonly number[];
  readonly inFlight: readonly FlightMemory[];
  /** Nodes whose bad items are all to be worked on again, and since when. */
  readonly again?: readonly (readonly [node: number, since: string])[];
  /** What the store was told last, where nothing is left to be done before somebody decides. */
  readonly settled?: RunState;
}

export const stageEndedSignal = defineSignal<[StageEnd]>('stageEnded');
/** Nodes to try again; none: all that are held or failed. Gives their numbers. */
export const retryUpdate = defineUpdate<number[], [number[], { items?: 'all' } | undefined]>('retry');
export const skipUpdate = defineUpdate<void, [number]>('skip');
export const approveUpdate = defineUpdate<void, [number]>('approve');
export const abortUpdate = defineUpdate<void, []>('abort');
/** Another plan; what is the same work in both goes on or stays done. */
export const reviseUpdate = defineUpdate<void, [Revise]>('revise');

export function refused(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'Run', message, nonRetryable: true, details: [{ code }] });
}
