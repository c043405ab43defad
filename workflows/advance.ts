import type { OnFailure } from '../artifacts/run-record.js';
import type { DirectBatch } from './direct.js';
import type { StateLetter } from './node-states.js';

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
