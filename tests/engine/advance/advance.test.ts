import { expect, test } from 'vitest';
import { Advance } from '../../../engine/advance/advance.js';
import { OrderBook } from '../../../engine/orders/order-book.js';
import { Plans } from '../../../engine/orders/plans.js';
import { Ports } from '../../../engine/ports.js';
import { resolveNode } from '../../../engine/orders/resolve.js';
import { NodeStates } from '../../../workflows/node-states.js';
import { chain } from '../../integration/plans.js';
import { memoryRooms, recordRun } from '../../support/memory-store-rooms.js';
import { registry } from '../../support/pretend-run.js';

/** Temporal refuses more than 2 MB in one answer. */
const LARGEST = 2_000_000;
const STAGES = 10_000;

test(
  'a walk through ten thousand cached stages is a few calls, none near what Temporal refuses',
  { timeout: 120_000 },
  async () => {
    const store = memoryRooms();
    const plan = chain(STAGES);
    await recordRun(store, 'run', plan);
    const digest = await store.artifacts.writeRecords('numbers', [1]);
    for (const node of plan.nodes) {
      const resolution = resolveNode(node, registry.get(node.activity, 1), () => ({ state: 'skipped' }), null);
      if (resolution.skipped) throw new Error('skipped');
      const outputs = { numbers: { kind: 'numbers', digest } };
      await store.stages.commit({ key: resolution.order.key, outputs, scalars: { count: 1 }, provenance: {} });
    }
    const record = await store.runs.run('run');
    const advance = new Advance(store, new Plans(store.blobs), registry, new Ports(), new OrderBook(store.objects));
    const states = NodeStates.waiting(STAGES);
    let calls = 0;
    for (let more = true; more;) {
      const input = { runId: 'run', plan: record?.plan ?? '', states: states.toString(), ran: [], approved: [] };
      const answer = await advance.run({ ...input, room: 64, onFailure: 'hold' });
      calls += 1;
      expect(Math.max(JSON.stringify(input).length, JSON.stringify(answer).length)).toBeLessThan(LARGEST / 4);
      expect(answer.ready).toEqual([]);
      for (const [node, state] of answer.changes) states.set(node, state);
      more = answer.more;
    }
    expect(states.toString()).toBe('c'.repeat(STAGES));
    expect(calls).toBeLessThanOrEqual(3);
  },
);
