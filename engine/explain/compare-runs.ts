import type { Store } from '../../artifacts/open.js';
import type { NodeRecord, RunRecord, RunStateRecord } from '../../artifacts/run-record.js';
import { type Difference, differencesOf } from '../../recipe/explain/explain.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Plan } from '../../recipe/plan.js';
import { durationOf } from './durations.js';
import { KeyCauses } from './key-causes.js';
import { PastRun } from './past-runs.js';
import { scoreChanges, type ScoreChange } from './score-changes.js';

/** All that the store knows of a run. */
export interface RunFacts {
  readonly record: RunRecord;
  readonly state: RunStateRecord;
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<number, NodeRecord>;
}

export interface StageChange {
  readonly stage: string;
  /** Keys; absent: the run has no such stage, or has not reached it. */
  readonly before?: string;
  readonly after?: string;
  /** Values, version, environment that differ. */
  readonly own?: readonly Difference[];
  /** Inputs that are other ones, by what they are called now, or were where they are gone. */
  readonly inputs?: readonly string[];
}

export interface DurationChange {
  readonly stage: string;
  /** Milliseconds; absent: it did no work there, since it was cached or is not done. */
  readonly before?: number;
  readonly after?: number;
}

export interface RunDifference {
  readonly before: string;
  readonly after: string;
  readonly params: readonly Difference[];
  readonly stages: readonly StageChange[];
  /** Scalars of stages: `evaluate.roc_auc`. */
  readonly scalars: readonly Difference[];
  readonly scores: readonly ScoreChange[];
  readonly durations: readonly DurationChange[];
  /** Milliseconds of the whole runs, where they have ended. */
  readonly elapsed: { readonly before?: number; readonly after?: number };
  /** Stages that did the same work. */
  readonly same: number;
}

/** Stages of which is said why they differ; those behind them follow. */
const MOST_EXPLAINED = 500;

export async function compareRuns(store: Store, before: RunFacts, after: RunFacts): Promise<RunDifference> {
  const causes = new KeyCauses(store, new PastRun(store, before.record), new PastRun(store, after.record));
  const stages: StageChange[] = [];
  const scores: ScoreChange[] = [];
  const durations: DurationChange[] = [];
  const scalars: [JsonObject, JsonObject] = [{}, {}];
  let same = 0;
  for (const { id, old, now } of pairs(before.plan, after.plan)) {
    const [past, present] = [recordOf(before, old), recordOf(after, now)];
    if (past?.scalars) scalars[0][id] = past.scalars;
    if (present?.scalars) scalars[1][id] = present.scalars;
    const [left, right] = [past && durationOf(past), present && durationOf(present)];
    if (left !== undefined || right !== undefined)
      durations.push({
        stage: id,
        ...(left === undefined ? {} : { before: left }),
        ...(right === undefined ? {} : { after: right }),
      });
    scores.push(...(await scoreChanges(store, id, past, present)));
    if (past?.key === present?.key) {
      if (past?.key !== undefined) same += 1;
      continue;
    }
    const both = old !== undefined && now !== undefined && stages.length < MOST_EXPLAINED;
    const why = both ? await causes.shallow(old, now) : undefined;
    const inputs = why?.changes.map(({ before: gone, after: given }) => (given ?? gone)?.name ?? '');
    stages.push({
      stage: id,
      ...(past?.key ? { before: past.key } : {}),
      ...(present?.key ? { after: present.key } : {}),
      ...(why ? { own: why.own, inputs: [...new Set(inputs)] } : {}),
    });
  }
  return {
    before: before.record.id,
    after: after.record.id,
    params: differencesOf(before.plan.params, after.plan.params),
    stages,
    scalars: differencesOf(scalars[0], scalars[1]),
    scores,
    durations,
    elapsed: { ...elapsed('before', before), ...elapsed('after', after) },
    same,
  };
}

/** Stages of both by their addresses, in the order of the later run; what only the earlier one had comes last. */
function pairs(before: Plan, after: Plan): { id: string; old?: number; now?: number }[] {
  const numbers = new Map<string, number>();
  for (const [number, { id, aliases }] of before.nodes.entries())
    for (const name of [id, ...aliases]) numbers.set(name, number);
  const met = new Set<number>();
  const common = after.nodes.map(({ id, aliases }, now) => {
    const old = [id, ...aliases].map((name) => numbers.get(name)).find((number) => number !== undefined);
    if (old !== undefined) met.add(old);
    return { id, now, ...(old === undefined ? {} : { old }) };
  });
  const gone = [...before.nodes.entries()].filter(([number]) => !met.has(number));
  return [...common, ...gone.map(([old, { id }]) => ({ id, old }))];
}

function recordOf({ nodes }: RunFacts, number: number | undefined): NodeRecord | undefined {
  return number === undefined ? undefined : nodes.get(number);
}

function elapsed(member: 'before' | 'after', { record, state }: RunFacts): Partial<RunDifference['elapsed']> {
  if (state.endedAt === undefined) return {};
  return { [member]: Date.parse(state.endedAt) - Date.parse(record.createdAt) };
}
