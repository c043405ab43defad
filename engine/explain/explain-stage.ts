import type { NodeState } from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import { type Difference, explainKeys } from '../../recipe/explain/explain.js';
import type { JsonObject } from '../../recipe/json.js';
import { KeyCauses, type Cause, type Root } from './key-causes.js';
import { type PastNode, type PastRun, pastRuns } from './past-runs.js';

export interface Explanation {
  readonly run: string;
  readonly stage: string;
  readonly aliases: readonly string[];
  readonly state: NodeState;
  readonly key?: string;
  /** Who did the work: run, stage, host, time. */
  readonly provenance?: JsonObject;
  /** The run that it was compared with. Absent: no earlier one had it. */
  readonly against?: string;
  /** What it is called there. */
  readonly againstStage?: string;
  /** Every field in which the key documents differ; empty: the same work. Absent: there was nothing to compare. */
  readonly differences?: readonly Difference[];
  /** The same by what it means: own values, and of each input that is another one why it is. */
  readonly cause?: Cause;
  /** Where it began: the changed values, files and results from which all the differences follow. */
  readonly roots?: readonly Root[];
}

/**
 * Why a stage ran, or was found, by the records alone.
 * @param against the run to compare with; else the newest earlier one that had the stage, of the same recipe where there is one
 */
export async function explainStage(
  store: Store,
  run: PastRun,
  number: number,
  against?: { readonly run: PastRun; readonly number: number },
): Promise<Explanation> {
  const plan = await run.plan();
  const node = plan?.nodes[number];
  if (!plan || !node) throw new Error(`run ${run.id} has no node ${number}`);
  const record = await run.node(number);
  const base = {
    run: run.id,
    stage: node.id,
    aliases: node.aliases,
    state: record?.state ?? ('waiting' as const),
  };
  if (!record?.key) return base;
  const result = await store.stages.peek(record.key);
  const known = { ...base, key: record.key, ...(result ? { provenance: result.provenance } : {}) };
  const other = against ? await nodeOf(against) : await earlier(store, run, { run: run.id, number, node, record });
  if (!other?.past.record.key) return known;
  const compared = { against: other.past.run, againstStage: other.past.node.id };
  const [before, after] = await Promise.all([
    store.stages.keyDocument(other.past.record.key),
    store.stages.keyDocument(record.key),
  ]);
  if (!before || !after) return { ...known, ...compared };
  const causes = new KeyCauses(store, other.run, run);
  const cause = await causes.between(other.past.number, number);
  const differences = explainKeys(before, after);
  return { ...known, ...compared, differences, ...(cause ? { cause, roots: causes.roots(cause) } : {}) };
}

async function nodeOf({ run, number }: { run: PastRun; number: number }): Promise<Compared | undefined> {
  const node = (await run.plan())?.nodes[number];
  const record = await run.node(number);
  return node && record && { run, past: { run: run.id, number, node, record } };
}

interface Compared {
  readonly run: PastRun;
  readonly past: PastNode;
}

async function earlier(store: Store, run: PastRun, { node }: PastNode): Promise<Compared | undefined> {
  for (const other of await pastRuns(store, { name: run.record.name, before: run.id, most: 50 })) {
    const past = await other.find([node.id, ...node.aliases]);
    // An address of another recipe means the same stage only where it does the same.
    if (!past?.record.key || (other.record.name !== run.record.name && past.node.activity !== node.activity)) continue;
    return { run: other, past };
  }
  return undefined;
}
