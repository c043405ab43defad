import type { Client } from '@temporalio/client';
import type { Store } from '../../artifacts/open.js';
import { each } from '../../artifacts/reachable.js';
import type { PlanNode } from '../../recipe/plan.js';
import { QUEUE } from '../../workflows/stage-activities.js';
import { type ControlActivities } from '../../workflows/control.js';
import type { StageInput } from '../../workflows/stage-input.js';
import { CONTROL_QUEUE, stageWorkflowId } from '../names.js';
import { orderName } from '../orders/order.js';
import type { OrderBook } from '../orders/order-book.js';
import type { Plans } from '../orders/plans.js';
import type { Registry } from '../modules/registry.js';

export interface SubscribeParts {
  readonly store: Store;
  readonly client: Client;
  readonly registry: Registry;
  readonly plans: Plans;
  readonly orders: OrderBook;
  /** Shards of one stage at once. */
  readonly shards: number;
}

type Subscription = Parameters<ControlActivities['subscribe']>[0] & { readonly spent?: number };
/** What of a node its stage is started with. */
type OrderedNode = Pick<PlanNode, 'id' | 'activity' | 'version' | 'code' | 'queue' | 'retry' | 'timeout' | 'items'>;

/** The activities by which runs come to wait for stages. */
export function subscribeActivities(parts: SubscribeParts): Pick<ControlActivities, 'subscribe' | 'subscribeAll'> {
  const { store, client, registry, plans, orders, shards } = parts;
  const subscribe = async (plan: string | undefined, { key, spent, ...subscriber }: Subscription): Promise<void> => {
    const name = orderName(subscriber.runId, subscriber.node, key);
    const node = plan === undefined ? await orderedNode(orders, name) : await plans.node(plan, subscriber.node);
    const input: StageInput = {
      key,
      order: name,
      queue: node.queue,
      map: Boolean((await registry.find(node)).map),
      attempts: node.retry.attempts,
      backoff: node.retry.backoff,
      ...(node.retry.non_retryable ? { nonRetryable: node.retry.non_retryable } : {}),
      timeout: node.timeout,
      maxFailures: node.items.max_failures,
      shards,
      ...(spent ? { spent } : {}),
      nearby: true,
    };
    await client.workflow.signalWithStart('stage', {
      workflowId: stageWorkflowId(store.id, key),
      taskQueue: CONTROL_QUEUE,
      args: [input],
      signal: 'subscribe',
      signalArgs: [subscriber, input],
      staticSummary: node.id,
      memo: { [QUEUE]: node.queue },
    });
  };
  return {
    subscribe: (subscription) => subscribe(undefined, subscription),

    async subscribeAll({ runId, plan, stages, batch }) {
      const batched = new Map(
        (batch === undefined ? [] : (await orders.batch(batch)).orders).map((order) => [order.key, order]),
      );
      await each(stages, async (stage) => {
        const { node, key } = stage;
        const order = batched.get(key);
        if (order) {
          // As the plan has it by now: its number and its policy may be others.
          const { id: nodeId, queue, retry, timeout, items } = await plans.node(plan, node);
          await orders.write({ ...order, node, nodeId, queue, retry, timeout, items });
        }
        await subscribe(plan, { runId, ...stage });
      });
    },
  };
}

/** A node as its order has it: executions of older workers do not say by which plan. */
async function orderedNode(orders: OrderBook, name: string): Promise<OrderedNode> {
  const { document, nodeId, ...order } = await orders.read(name);
  const { activity, version, code } = document;
  return { ...order, id: nodeId, activity, version, code };
}
