import type { Store } from '../../artifacts/open.js';
import type { NodeRecord } from '../../artifacts/run-record.js';
import { identitiesOf } from '../../recipe/node-identities.js';
import type { Plan } from '../../recipe/plan.js';
import type { Revise } from '../../workflows/revise.js';
import type { Plans } from '../orders/plans.js';

/**
 * Gives a run another plan: what is the same work in both keeps its record. Ends in the same state however often it is begun.
 * @returns for each node of the next plan the node of the present one that it takes over, or -1
 */
export async function reviseRun(
  store: Store,
  plans: Pick<Plans, 'get'>,
  runId: string,
  present: string,
  next: Revise,
): Promise<number[]> {
  const [before, after, record] = await Promise.all([plans.get(present), plans.get(next.plan), store.runs.run(runId)]);
  if (!record) throw new Error(`run ${runId} has no record`);
  const taken = takenOver(before, after);
  // The records as they were are kept first: a worker that is killed below leaves nothing that the next could not finish.
  const kept = `runs/${runId}/revisions/${next.plan.slice(-16)}.json`;
  const stored = await store.objects.get(kept);
  if (!stored && record.plan === next.plan) return taken;
  const old = stored
    ? (JSON.parse(stored.toString('utf8')) as NodeRecord[])
    : [...(await store.runs.nodes(runId)).values()];
  if (!stored) await store.objects.put(kept, JSON.stringify(old));
  const known = new Map(old.map((node) => [node.node, node]));
  const moved = taken.flatMap((from, number): NodeRecord[] => {
    const node = from < 0 ? undefined : known.get(from);
    const { id, activity } = after.nodes[number] ?? { id: '', activity: '' };
    return node ? [{ ...node, node: number, id, activity }] : [];
  });
  await store.runs.replaceNodes(runId, moved);
  if (record.plan !== next.plan) {
    const { set, stage } = next;
    const revision = { plan: present, at: new Date().toISOString(), set, ...(stage === undefined ? {} : { stage }) };
    await store.runs.revise({
      ...record,
      plan: next.plan,
      source: next.source,
      nodes: next.nodes,
      revisions: [...(record.revisions ?? []), revision],
    });
  }
  // A later revision may come back to this plan, with other records.
  await store.objects.delete(kept);
  return taken;
}

/** Nodes of equal identity, the one of the same address first. What waits for another decision is not taken over. */
export function takenOver(before: Plan, after: Plan): number[] {
  const known = new Map<string, number[]>();
  identitiesOf(before.nodes).forEach((identity, number) =>
    known.set(identity, [...(known.get(identity) ?? []), number]),
  );
  const identities = identitiesOf(after.nodes);
  return after.nodes.map((node, at) => {
    const alike = (known.get(identities[at] ?? '') ?? []).filter((number) => {
      const old = before.nodes[number];
      return old?.expect === node.expect && old?.approve === node.approve;
    });
    const same = alike.find((number) => {
      const old = before.nodes[number];
      return old?.id === node.id || old?.aliases.includes(node.id);
    });
    return same ?? alike[0] ?? -1;
  });
}
