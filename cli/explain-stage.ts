import type { Store } from '../artifacts/open.js';
import type { NodeState } from '../artifacts/run-records.js';
import { explainKeys, renderDifference, type Difference } from '../recipe/explain.js';
import { findNode, findRun, viewRun } from './run-view.js';

export interface Explanation {
  readonly run: string;
  readonly stage: string;
  readonly state: NodeState;
  readonly key?: string;
  /** Where the result came from: run, host, time, as the worker noted it. */
  readonly provenance?: unknown;
  /** The run that it was compared with. */
  readonly against?: string;
  /** Absent: nothing to compare with. Empty: the same work. */
  readonly differences?: readonly Difference[];
}

export async function explainStage(store: Store, run: string, stage: string, against?: string): Promise<Explanation> {
  const view = await viewRun(store, run);
  const number = findNode(view, stage);
  const id = view.plan.nodes[number]?.id ?? stage;
  const node = view.nodes.get(number);
  const base = { run: view.record.id, stage: id, state: node?.state ?? ('waiting' as const) };
  if (!node?.key) return base;
  const result = await store.stages.find(node.key);
  const known = { ...base, key: node.key, ...(result && { provenance: result.provenance }) };
  const other =
    against === undefined
      ? await earlierKey(store, view.record.id, id)
      : await keyIn(store, await findRun(store, against), stage);
  if (!other) return known;
  const [before, after] = await Promise.all([store.stages.keyDocument(other.key), store.stages.keyDocument(node.key)]);
  if (!before || !after) return { ...known, against: other.run };
  return { ...known, against: other.run, differences: explainKeys(before, after) };
}

export function renderExplanation({ run, stage, state, key, against, differences, provenance }: Explanation): string[] {
  const lines = [`${stage} of ${run}: ${state}`];
  if (!key) return [...lines, 'It has not been reached yet, so it has no key.'];
  lines.push(`key ${key}`);
  if (state === 'cached') lines.push(`Its result was there already: ${JSON.stringify(provenance ?? {})}`);
  if (!against) return [...lines, 'No earlier run had this stage, so there is nothing to compare with.'];
  if (!differences) return [...lines, `The key document of ${against} is gone from the store.`];
  if (differences.length === 0) return [...lines, `The same work as in ${against}: nothing in its key changed.`];
  return [
    ...lines,
    `Changed since ${against}:`,
    ...differences.map((difference) => `  ${renderDifference(difference)}`),
  ];
}

async function earlierKey(store: Store, run: string, stage: string): Promise<{ run: string; key: string } | undefined> {
  // Ids begin with their time, and come newest first.
  for (const id of (await store.runs.ids()).filter((other) => other < run)) {
    const found = await keyIn(store, id, stage).catch(() => undefined);
    if (found) return found;
  }
  return undefined;
}

async function keyIn(store: Store, run: string, stage: string): Promise<{ run: string; key: string } | undefined> {
  const view = await viewRun(store, run);
  const key = view.nodes.get(findNode(view, stage))?.key;
  return key ? { run, key } : undefined;
}
