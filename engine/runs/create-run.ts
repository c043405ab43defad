import type { OnFailure, RunRecord } from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import type { RunInput } from '../../workflows/run-input.js';
import { uploadPlan, type PlanParts } from './upload-plan.js';

/** Stages of one run in flight at most. */
const DEFAULT_WINDOW = 64;

export interface NewRun extends PlanParts {
  readonly runId: string;
  readonly onFailure: OnFailure;
  readonly schedule?: RunRecord['schedule'];
  /** Files that are in the store already, by path. */
  readonly present?: RunRecord['files'];
}

/** Writes down a run that is to be started, with all that it needs. Undefined where the id is taken. */
export async function createRun(store: Store, run: NewRun): Promise<RunRecord | undefined> {
  const { runId, onFailure, schedule, present, ...parts } = run;
  const { name, profile } = parts.plan;
  const uploaded = await uploadPlan(store, parts, present);
  const record: RunRecord = {
    id: runId,
    name,
    profile,
    createdAt: new Date().toISOString(),
    onFailure,
    ...(schedule ? { schedule } : {}),
    ...uploaded,
  };
  if (!(await store.runs.create(record))) return undefined;
  // Only from now on does the record keep these from being collected, so look once more whether they are there.
  await uploadPlan(store, parts, present);
  return record;
}

/** What the workflow of a recorded run is started with. */
export function runInput(record: RunRecord, more: Partial<RunInput> = {}): RunInput {
  const { id, plan, nodes, onFailure } = record;
  return { runId: id, plan, nodes, onFailure, window: DEFAULT_WINDOW, direct: true, ...more };
}
