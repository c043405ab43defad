import type { NodeRecord } from '../../artifacts/run-record.js';
import type { Plan, PlanNode } from '../../recipe/plan.js';
import type { PastRun } from './past-runs.js';

/** How long a stage takes, by what past runs say; never a guess. */
export interface DurationEstimate {
  /** The median. */
  readonly milliseconds: number;
  readonly samples: number;
  /** Whether the stage itself was timed, or only others of its activity. */
  readonly from: 'stage' | 'activity';
}

/** Records of nodes that are read at most for one estimate. */
const MOST_READS = 2_000;
/** Of one activity in one run: enough for a median. */
const MOST_OF_ACTIVITY = 5;
const WIDTH = 32;

/**
 * Medians of the times that work like this took. Only runs of the same profile are asked: the tiny one says nothing of a large one.
 * A stage that was never timed is estimated by others of its activity in runs of the same recipe, else not at all.
 */
export async function estimateDurations(
  wanted: readonly PlanNode[],
  plan: Pick<Plan, 'name' | 'profile'>,
  runs: readonly PastRun[],
): Promise<ReadonlyMap<PlanNode, DurationEstimate>> {
  const alike = runs.filter(({ record }) => record.profile === plan.profile);
  const own = new Map<PlanNode, number[]>();
  let reads = 0;
  for (const run of alike) {
    // Where this recipe's own runs say something, others of the same address are not asked.
    const open = run.record.name === plan.name ? wanted : wanted.filter((node) => !own.has(node));
    for (let start = 0; start < open.length && reads < MOST_READS; start += WIDTH) {
      const batch = open.slice(start, start + WIDTH);
      reads += batch.length;
      await Promise.all(
        batch.map(async (node) => {
          const past = await run.find([node.id, ...node.aliases]);
          if (past?.node.activity === node.activity) push(own, node, durationOf(past.record));
        }),
      );
    }
  }
  const untimed = new Set(wanted.filter((node) => !own.has(node)).map(({ activity }) => activity));
  const byActivity = new Map<string, number[]>();
  for (const run of alike.filter(({ record }) => record.name === plan.name)) {
    if (untimed.size === 0) break;
    const nodes = (await run.plan())?.nodes ?? [];
    for (const activity of untimed) {
      const numbers = [...nodes.keys()].filter((number) => nodes[number]?.activity === activity);
      const records = await Promise.all(numbers.slice(0, MOST_OF_ACTIVITY).map((number) => run.node(number)));
      for (const record of records) push(byActivity, activity, record && durationOf(record));
    }
  }
  const estimates = new Map<PlanNode, DurationEstimate>();
  for (const node of wanted) {
    const timed = own.get(node);
    const samples = timed ?? byActivity.get(node.activity);
    if (samples === undefined) continue;
    const from = timed ? 'stage' : 'activity';
    estimates.set(node, { milliseconds: median(samples), samples: samples.length, from });
  }
  return estimates;
}

/** Milliseconds that the work took, where this run did it and did not find it. */
export function durationOf({ state, startedAt, endedAt }: NodeRecord): number | undefined {
  if (state !== 'done' || !startedAt || !endedAt) return undefined;
  const took = Date.parse(endedAt) - Date.parse(startedAt);
  return took >= 0 ? took : undefined;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function push<Key>(map: Map<Key, number[]>, key: Key, value: number | undefined): void {
  if (value === undefined) return;
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
