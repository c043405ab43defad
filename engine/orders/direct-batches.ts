import type { Activity } from '../../activities/activity.js';
import type { WorkOrder } from './order.js';

/** Stages in one batch at most: what is lost, or waits, with the slowest of them. */
const LARGEST = 32;
/** Fewer are not worth a batch of their own. */
const SMALLEST = 4;
/** Batches that many stages are dealt to: two or more workers, each with a slot or two. */
const SHARES = 4;

/** Whether a run may have this work done itself, without a workflow for it: seconds of plain work, under no time limit of its own. */
export function isDirect({ timeout, again }: WorkOrder, activity: Activity): boolean {
  return (
    !activity.map && activity.quick === true && activity.queue === 'cpu' && timeout === undefined && again === undefined
  );
}

/**
 * Deals orders to batches, each for one queue.
 * @param inFlight batches that are under way: what comes when one of them lands takes its place, and is not dealt to many again
 */
export function batchesOf(orders: readonly WorkOrder[], inFlight: number): WorkOrder[][] {
  const shares = Math.max(1, SHARES - inFlight);
  const byQueue = new Map<string, WorkOrder[]>();
  for (const order of orders) byQueue.set(order.queue, [...(byQueue.get(order.queue) ?? []), order]);
  return [...byQueue.values()].flatMap((alike) => {
    const size = Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(alike.length / shares)));
    return Array.from({ length: Math.ceil(alike.length / size) }, (_, batch) =>
      alike.slice(batch * size, (batch + 1) * size),
    );
  });
}
