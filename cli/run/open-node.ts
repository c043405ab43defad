import type { Store } from '../../artifacts/open.js';
import { PastRun } from '../../engine/explain/past-runs.js';
import { UserError } from '../../recipe/errors.js';
import { findNode, findRun } from './run-view.js';

/**
 * A run by what somebody called it, and a stage in it, read no further than that.
 * @throws UserError `unknown-run`, `unknown-stage`
 */
export async function openNode(store: Store, given: string, stage: string): Promise<{ run: PastRun; number: number }> {
  const run = await openRun(store, given);
  const plan = await run.plan();
  if (!plan) throw new UserError('unknown-run', `The plan of run ${run.id} is gone from the store.`);
  return { run, number: findNode({ record: run.record, plan }, stage) };
}

async function openRun(store: Store, given: string): Promise<PastRun> {
  return PastRun.open(store, await findRun(store, given));
}
