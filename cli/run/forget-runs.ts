import type { EngineClient } from '../../engine/client/client.js';
import { UserError } from '../../recipe/errors.js';

/** Removes the record of a run that has ended. @throws UserError `run-open` */
export async function forgetRun(client: EngineClient, run: string): Promise<void> {
  const { state } = await client.runStatus(run);
  if (state === 'running' || state === 'held') {
    throw new UserError('run-open', `Run ${run} is ${state}. Cancel it first: mortar cancel ${run}`);
  }
  await client.store.runs.forget(run);
}

/** Forgets runs that ended longer ago than this. Gives their ids. */
export async function forgetOldRuns(client: EngineClient, age: number, dryRun: boolean): Promise<string[]> {
  const { runs } = client.store;
  const old: string[] = [];
  for (const id of await runs.ids()) {
    const state = await runs.state(id);
    if (!state?.endedAt || Date.now() - Date.parse(state.endedAt) < age) continue;
    // The record may lag behind: a run that was started again is open, whatever it says.
    const { state: now } = await client.runStatus(id);
    if (now === 'running' || now === 'held') continue;
    old.push(id);
    if (!dryRun) await runs.forget(id);
  }
  return old;
}
