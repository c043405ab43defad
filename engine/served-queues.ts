import type { Client } from '@temporalio/client';
import { CONTROL_QUEUE } from './names.js';
import { queuesOfIdentity } from './worker-identity.js';

/** Milliseconds within which a living worker asks again for work: one question waits for a minute at most. */
const LONGEST_POLL = 75_000;
/** TASK_QUEUE_TYPE_WORKFLOW */
const WORKFLOW_TASKS = 1;

/**
 * Queues that living workers serve; undefined where one of them does not say which. A worker that is busy asks for no more work on
 * its busy queue, but it always does on the engine's own, and there it says which others it serves.
 */
export async function servedQueues(client: Client, now = Date.now()): Promise<ReadonlySet<string> | undefined> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: CONTROL_QUEUE },
    taskQueueType: WORKFLOW_TASKS,
  });
  const living = (pollers ?? []).filter(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= now - LONGEST_POLL,
  );
  const served = new Set<string>();
  for (const { identity } of living) {
    const queues = queuesOfIdentity(identity ?? '');
    if (queues === undefined) return undefined;
    for (const queue of [CONTROL_QUEUE, ...queues]) served.add(queue);
  }
  return served;
}

/** What somebody has to do about a queue that nobody serves. */
export function nobodyServes(queue: string): string {
  const serve = queue === CONTROL_QUEUE ? '' : ` --queue ${queue}`;
  return `no worker polls the queue ${queue}; start one with \`mortar worker${serve}\``;
}
