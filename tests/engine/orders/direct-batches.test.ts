import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf } from '../../../engine/orders/direct-batches.js';
import type { WorkOrder } from '../../../engine/orders/order.js';

const orders = (queues: readonly string[]): WorkOrder[] =>
  queues.map((queue, node) => ({ node, queue, key: `key ${node}` }) as WorkOrder);

test('every order is in one batch, in order, with others of its queue, and no batch is large', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('cpu', 'other'), { maxLength: 300 }), fc.nat(10), (queues, inFlight) => {
      const given = orders(queues);
      const batches = batchesOf(given, inFlight);
      for (const queue of ['cpu', 'other'])
        expect(batches.flat().filter((order) => order.queue === queue)).toEqual(
          given.filter((order) => order.queue === queue),
        );
      for (const batch of batches) {
        expect(new Set(batch.map(({ queue }) => queue)).size).toBe(1);
        expect(batch.length).toBeLessThanOrEqual(32);
      }
    }),
  );
});

test('many stages are dealt to a few batches, and what comes in the place of one stays together', () => {
  const sizes = (count: number, inFlight: number) =>
    batchesOf(orders(Array.from({ length: count }, () => 'cpu')), inFlight).map(({ length }) => length);
  expect(sizes(64, 0)).toEqual([16, 16, 16, 16]);
  expect(sizes(16, 3)).toEqual([16]);
  expect(sizes(3, 0)).toEqual([3]);
  expect(sizes(40, 9)).toEqual([32, 8]);
});
