import { expect, test } from 'vitest';
import type { Store } from '../../../artifacts/open.js';
import { Advance } from '../../../engine/advance/advance.js';
import { OrderBook } from '../../../engine/orders/order-book.js';
import { Plans } from '../../../engine/orders/plans.js';
import { Ports } from '../../../engine/ports.js';
import { previewPlan } from '../../../engine/explain/preview.js';
import { resolveNode } from '../../../engine/orders/resolve.js';
import type { AdvanceAnswer } from '../../../workflows/advance.js';
import { NodeStates, type StateLetter } from '../../../workflows/node-states.js';
import { output, testPlan } from '../../integration/plans.js';
import { memoryRooms, recordRun } from '../../support/memory-store-rooms.js';
import { registry } from '../../support/pretend-run.js';

const SOURCES = 220;
const READ = 3;

/** Sources, a stage that has read one of them, and a new one that reads the same one and another. */
const plan = testPlan([
  ...Array.from({ length: SOURCES }, (_, number) => ({ id: `n${number}`, with: { n: 1, number } })),
  { id: 'old', activity: 'test/square', inputs: { numbers: [output(READ, 'numbers')] } },
  { id: 'new', activity: 'test/square', with: { tag: 'new' }, inputs: { numbers: [output(READ, 'numbers')] } },
]);
const [OLD, NEW] = [SOURCES, SOURCES + 1];

/** A store in which a run of all but the last stage has ended. */
async function afterOneRun(): Promise<{ store: Store; digests: string[]; keys: string[] }> {
  const store = memoryRooms();
  await recordRun(store, '2026-a', plan);
  const digests: string[] = [];
  const keys: string[] = [];
  const records = await Promise.all(
    plan.nodes.slice(0, NEW).map(async (node, number) => {
      const name = number === OLD ? 'squares' : 'numbers';
      const digest = await store.artifacts.writeRecords(name, [number]);
      digests[number] = digest;
      return { node, number, outputs: { [name]: { kind: name, digest } } };
    }),
  );
  const written = records.map(({ node, number, outputs }) => {
    const upstream = () => ({
      state: 'finished' as const,
      outputs: { numbers: { kind: 'numbers', digest: digests[READ] ?? '' } },
    });
    const resolved = resolveNode(node, registry.get(node.activity, 1), upstream, null);
    if (resolved.skipped) throw new Error('skipped');
    const { key } = resolved.order;
    keys[number] = key;
    return { node: number, id: node.id, activity: node.activity, state: 'done' as const, key, outputs, scalars: {} };
  });
  for (const { key, outputs, scalars } of written) await store.stages.commit({ key, outputs, scalars, provenance: {} });
  await store.runs.writeNodes('2026-a', written);
  await recordRun(store, '2026-b', plan);
  return { store, digests, keys };
}

async function walk(store: Store, rewinds = true) {
  const record = await store.runs.run('2026-b');
  const advance = new Advance(store, new Plans(store.blobs), registry, new Ports(), new OrderBook(store.objects));
  const states = NodeStates.waiting(plan.nodes.length);
  const next = async (): Promise<AdvanceAnswer> => {
    const given = { runId: '2026-b', plan: record?.plan ?? '', states: states.toString(), ran: [], approved: [] };
    const answer = await advance.run({ ...given, room: 64, onFailure: 'hold', rewinds });
    // As the run applies them.
    for (const [node, state] of answer.changes)
      if (states.get(node) === (state === '.' ? 'c' : '.')) states.set(node, state as StateLetter);
    return answer;
  };
  return { next, states };
}

const blobOf = (digest: string | undefined): string => `blobs/${(digest ?? '').slice('sha256:'.length)}`;

test('what an earlier run recorded is believed where others read it, and looked for where nobody does', async () => {
  const { store, digests, keys } = await afterOneRun();
  await store.objects.delete(blobOf(digests[7]));
  await store.objects.delete(`cache/${(keys[9] ?? '').slice('sha256:'.length)}`);
  const { next, states } = await walk(store);
  const { ready } = await next();
  expect(ready.map(({ node }) => node)).toEqual([7, 9, NEW]);
  expect([READ, OLD].map((node) => states.get(node))).toEqual(['c', 'c']);
});

test('a believed result whose bytes are gone is made again before anybody reads it', async () => {
  const { store, digests } = await afterOneRun();
  await store.objects.delete(blobOf(digests[READ]));
  const { next, states } = await walk(store);
  const { ready } = await next();
  expect(ready.map(({ node }) => node)).toEqual([READ]);
  expect([READ, OLD, NEW].map((node) => states.get(node))).toEqual(['.', 'c', '.']);
  const record = await store.runs.node('2026-b', READ);
  expect(record?.state).toBe('running');
});

test('another result that stands in the cache meanwhile takes the place of a believed one that is gone', async () => {
  const { store, digests, keys } = await afterOneRun();
  await store.objects.delete(blobOf(digests[READ]));
  await store.objects.delete(`cache/${(keys[READ] ?? '').slice('sha256:'.length)}`);
  const digest = await store.artifacts.writeRecords('numbers', ['another']);
  const outputs = { numbers: { kind: 'numbers', digest } };
  await store.stages.commit({ key: keys[READ] ?? '', outputs, scalars: {}, provenance: {} });
  const { next, states } = await walk(store);
  const { ready } = await next();
  expect(ready.map(({ node }) => node)).toEqual([NEW]);
  expect(states.get(READ)).toBe('c');
  expect((await store.runs.node('2026-b', READ))?.outputs).toEqual(outputs);
});

test('a run that cannot go back on it believes nothing', async () => {
  const { store, digests } = await afterOneRun();
  await store.objects.delete(blobOf(digests[READ]));
  const { next, states } = await walk(store, false);
  const { ready } = await next();
  expect(ready.map(({ node }) => node)).toEqual([READ]);
  expect([READ, OLD, NEW].map((node) => states.get(node))).toEqual(['.', '.', '.']);
});

test('a preview takes from the record what an earlier run made, and says which run that was', async () => {
  const { store } = await afterOneRun();
  let reads = 0;
  const get = store.objects.get.bind(store.objects);
  store.objects.get = (key) => {
    if (key.startsWith('cache/')) reads += 1;
    return get(key);
  };
  const { stages } = await previewPlan(plan, { store, registry, environment: () => Promise.resolve(null) });
  const open = stages.filter(({ state }) => state !== 'cached');
  expect(open.map(({ id, state }) => [id, state])).toEqual([['new', 'to run']]);
  expect(stages[READ]?.made).toEqual({ run: '2026-a' });
  expect(reads).toBe(1);
});
