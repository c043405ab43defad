import type { Activity } from '../../activities/activity.js';
import type { Store } from '../../artifacts/open.js';
import { Registry } from '../../engine/modules/registry.js';
import { resolveNode, type Upstream } from '../../engine/orders/resolve.js';
import { digestOf } from '../../recipe/canonical.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Plan } from '../../recipe/plan.js';
import { recordRun } from './memory-store-rooms.js';

const activity = (name: string): Activity => ({
  name,
  version: 1,
  summary: '',
  queue: 'cpu',
  inputs: {},
  outputs: {},
  params: {},
  run: () => Promise.resolve({}),
});
export const registry = new Registry(['test/numbers', 'test/square', 'test/sum'].map(activity));

interface Pretence {
  /** Another one gives other outputs to the same keys. */
  readonly salt?: string;
  readonly scalars?: JsonObject;
}

/** Leaves what a run leaves: key documents, results, records; each stage took a second more than the one before. */
export async function pretendRun(
  store: Store,
  id: string,
  plan: Plan,
  { salt = '', scalars = { n: 1 } }: Pretence = {},
): Promise<void> {
  await recordRun(store, id, plan);
  const done: Upstream[] = [];
  for (const [number, node] of plan.nodes.entries()) {
    const resolution = resolveNode(
      node,
      registry.get(node.activity, node.version),
      (need) => done[need] ?? { state: 'skipped' },
      null,
    );
    if (resolution.skipped) throw new Error('skipped');
    const { key, document } = resolution.order;
    await store.stages.writeKey(key, document);
    const out = (name: string) => ({ kind: 'numbers', digest: digestOf([key, name, salt]) });
    const outputs = { numbers: out('numbers'), squares: out('squares'), sum: out('sum') };
    await store.stages.commit({ key, outputs, scalars, provenance: { run: id, stage: node.id } });
    done[number] = { state: 'finished', outputs };
    await store.runs.writeNode(id, {
      node: number,
      id: node.id,
      activity: node.activity,
      state: 'done',
      key,
      outputs,
      scalars,
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: `2026-01-01T00:00:0${number + 1}.000Z`,
    });
  }
}
