import type { NodeRecord, RunRecord, RunStateRecord } from '../../artifacts/run-record.js';
import type { Plan } from '../../recipe/plan.js';

/** All that the store knows of a run. */
export interface RecordedRun {
  readonly record: RunRecord;
  readonly state: RunStateRecord;
  readonly plan: Plan;
  /** By node number; a node that still waits has none. */
  readonly nodes: ReadonlyMap<number, NodeRecord>;
}
