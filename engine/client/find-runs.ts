import type { Store } from '../../artifacts/open.js';
import type { RunRecord, RunState, RunStateRecord } from '../../artifacts/run-record.js';
import { readRunState } from './run-status.js';
import type { TemporalCalls } from './temporal-calls.js';

/** Runs looked at at once. */
const WIDTH = 32;

export interface RunFilter {
  readonly limit: number;
  /** Name of the recipe. */
  readonly recipe?: string;
  readonly states?: readonly RunState[];
}

export type ListedRun = RunRecord & RunStateRecord;

export interface FoundRuns {
  readonly runs: readonly ListedRun[];
  /** False where Temporal did not answer, and the states are those of the records. */
  readonly live: boolean;
}

/** Records of runs, newest first. */
export async function listRuns(store: Store, limit: number): Promise<readonly RunRecord[]> {
  const ids = (await store.runs.ids()).slice(0, limit);
  const records = await Promise.all(ids.map((id) => store.runs.run(id)));
  return records.filter((record) => record !== undefined);
}

/** Runs with their states, newest first. What the records call open is looked up in Temporal. */
export async function findRuns(
  store: Store,
  temporal: TemporalCalls,
  { limit, recipe, states }: RunFilter,
): Promise<FoundRuns> {
  const found: ListedRun[] = [];
  let live = true;
  const look = async (id: string): Promise<ListedRun | undefined> => {
    const [record, state] = await Promise.all([store.runs.run(id), store.runs.state(id)]);
    if (!record || (recipe !== undefined && record.name !== recipe)) return undefined;
    const known = state ?? { state: 'running', updatedAt: record.createdAt };
    const open = known.state === 'running' || known.state === 'held';
    const asked = open && live;
    const now = asked
      ? await temporal.call((client) => readRunState(client, record, state)).catch(() => undefined)
      : known.state;
    if (now === undefined) live = false;
    const listed = { ...record, ...known, state: now ?? known.state };
    return states === undefined || states.includes(listed.state) ? listed : undefined;
  };
  const ids = await store.runs.ids();
  for (let start = 0; start < ids.length && found.length < limit; start += WIDTH) {
    const batch = await Promise.all(ids.slice(start, start + WIDTH).map(look));
    found.push(...batch.filter((run) => run !== undefined));
  }
  return { runs: found.slice(0, limit), live };
}
