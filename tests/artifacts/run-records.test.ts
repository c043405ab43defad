import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeRecord } from '../../artifacts/run-record.js';
import { RunRecords } from '../../artifacts/run-records.js';
import { MemoryStore } from './memory-store.js';

const record = (node: number, state: NodeRecord['state'], note: number): NodeRecord => ({
  node,
  id: `n${node}`,
  activity: 'x',
  state,
  endedAt: String(note),
});

const states = fc.constantFrom<NodeRecord['state']>('cached', 'done', 'running', 'held', 'failed');
type Step =
  | { readonly kind: 'write'; readonly nodes: readonly number[]; readonly state: NodeRecord['state'] }
  | { readonly kind: 'compact' | 'forget' | 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    nodes: fc.oneof(
      fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 5 }),
      fc.uniqueArray(fc.nat(60), { minLength: 20, maxLength: 50 }),
    ),
    state: states,
  }),
  fc.record({ kind: fc.constantFrom('compact' as const, 'forget' as const, 'reopen' as const) }),
);

/** Names of batches begin with their time: two of one millisecond would be in no order. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

test('what is known of a node is what was written last, alone or in a batch', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const store = new MemoryStore();
      let runs = new RunRecords(store);
      const expected = new Map<number, NodeRecord>();
      for (const [note, { kind, ...given }] of steps.entries()) {
        await pause();
        if (kind === 'write' && 'nodes' in given) {
          const records = given.nodes.map((node) => record(node, given.state, note));
          await runs.writeNodes('run', records);
          for (const written of records) expected.set(written.node, written);
        } else if (kind === 'compact') await runs.compact('run');
        else if (kind === 'reopen') runs = new RunRecords(store);
        else {
          await runs.forgetUnfinished('run');
          for (const { node, state } of [...expected.values()])
            if (state !== 'cached' && state !== 'done') expected.delete(node);
        }
        expect(new Map([...(await runs.nodes('run'))].sort(([a], [b]) => a - b))).toEqual(
          new Map([...expected].sort(([a], [b]) => a - b)),
        );
      }
      for (let node = 0; node <= 60; node += 7) expect(await runs.node('run', node)).toEqual(expected.get(node));
    }),
    { numRuns: 60 },
  );
});

test('a thousand records that are written at once are one object, and those of a run that has ended become one', async () => {
  const store = new MemoryStore();
  const runs = new RunRecords(store);
  await runs.writeNodes(
    'run',
    Array.from({ length: 1_000 }, (_, node) => record(node, 'running', 0)),
  );
  expect(store.objects.size).toBe(1);
  for (let node = 0; node < 100; node += 1) await runs.writeNodes('run', [record(node, 'done', 1)]);
  expect(store.objects.size).toBe(101);
  await pause();
  await runs.compact('run');
  expect(store.objects.size).toBe(2);
  expect((await runs.node('run', 5))?.state).toBe('done');
  expect((await runs.node('run', 500))?.state).toBe('running');
});
