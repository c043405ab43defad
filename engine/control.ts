import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { activityInfo, heartbeat } from '@temporalio/activity';
import type { NodeRecord, NodeState } from '../artifacts/run-records.js';
import type { Store } from '../artifacts/open.js';
import type { ControlActivities } from '../workflows/control.js';
import type { StateLetter } from '../workflows/node-states.js';
import { Advance } from './advance.js';
import { applicationFailure } from './failures.js';
import { runWorkflowId, stageWorkflowId } from './names.js';
import { orderName, type WorkOrder } from './order.js';
import { Plans } from './plans.js';
import type { Ports } from './ports.js';
import type { Registry } from './registry.js';
import type { StageInput } from '../workflows/stage.js';

export interface ControlParts {
  readonly store: Store;
  readonly client: Client;
  readonly registry: Registry;
  readonly ports: Ports;
  /** Shards of one stage at once. @default 2 */
  readonly shards?: number;
}

/** The engine's own short activities. */
export function controlActivities({
  store,
  client,
  registry,
  ports,
  shards = 2,
}: ControlParts): Omit<ControlActivities, 'splitItems'> {
  const plans = new Plans(store.blobs);
  const advance = new Advance(store, plans, registry, ports);
  return guarded({
    advance: (input) => advance.run(input),

    async subscribe({ key, ...subscriber }) {
      const name = orderName(subscriber.runId, subscriber.node);
      const bytes = await store.objects.get(name);
      if (!bytes) throw new Error(`the work order ${name} is not in the store`);
      const order = JSON.parse(bytes.toString('utf8')) as WorkOrder;
      const activity = registry.get(order.document.activity, order.document.version);
      const input: StageInput = {
        key,
        order: name,
        queue: order.queue,
        map: activity.map === true,
        attempts: order.retry.attempts,
        backoff: order.retry.backoff,
        timeout: order.timeout,
        maxFailures: order.items.max_failures,
        shards,
      };
      await store.runs.writeNode(subscriber.runId, {
        node: subscriber.node,
        id: order.nodeId,
        activity: order.document.activity,
        state: 'running',
        key,
        startedAt: new Date().toISOString(),
      });
      await client.workflow.signalWithStart('stage', {
        workflowId: stageWorkflowId(store.id, key),
        taskQueue: activityInfo().taskQueue,
        args: [input],
        signal: 'subscribe',
        signalArgs: [subscriber],
        staticSummary: order.nodeId,
      });
    },

    async unsubscribe({ key, ...subscriber }) {
      await client.workflow
        .getHandle(stageWorkflowId(store.id, key))
        .signal('unsubscribe', subscriber)
        .catch(ignoreClosed);
    },

    async notify({ subscriber: { runId, node, epoch }, outcome }) {
      try {
        await client.workflow.getHandle(runWorkflowId(runId)).signal('stageEnded', { node, epoch, outcome });
        return true;
      } catch (error) {
        ignoreClosed(error);
        return false;
      }
    },

    async describeStages({ stages }) {
      const gone: number[] = [];
      for (const { node, key } of stages) {
        const status = await client.workflow
          .getHandle(stageWorkflowId(store.id, key))
          .describe()
          .then(({ status }) => status.name)
          .catch(ignoreClosed);
        if (status !== 'RUNNING') gone.push(node);
      }
      return gone;
    },

    async recordNodes({ runId, plan, nodes }) {
      for (const { node, state, failure } of nodes) {
        const { id, activity } = await plans.node(plan, node);
        const before: Partial<NodeRecord> = (await store.runs.node(runId, node)) ?? {};
        await store.runs.writeNode(runId, {
          node,
          id,
          activity,
          state: NAMES[state],
          key: before.key,
          failure,
          startedAt: before.startedAt,
          endedAt: new Date().toISOString(),
        });
      }
    },

    async recordRun({ runId, state, failure }) {
      const now = new Date().toISOString();
      const ended = state !== 'running' && state !== 'held';
      await store.runs.writeState(runId, {
        state,
        updatedAt: now,
        ...(ended ? { endedAt: now } : {}),
        ...(failure ? { failure } : {}),
      });
    },

    async isCommitted({ key }) {
      return (await store.stages.find(key)) !== undefined;
    },
  });
}

export const NAMES: Readonly<Record<StateLetter, NodeState>> = {
  '.': 'waiting',
  r: 'running',
  c: 'cached',
  d: 'done',
  h: 'held',
  f: 'failed',
  S: 'skipped',
  s: 'skipped',
};

/** A workflow that has closed wants to hear nothing more. */
function ignoreClosed(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

type Control = Omit<ControlActivities, 'splitItems'>;

function guarded(activities: Control): Control {
  const entries = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: unknown): Promise<unknown> => {
      // A worker that is killed in the middle is noticed by its silence, long before the time limit.
      const beat = setInterval(heartbeat, 3_000);
      try {
        return await (activity as (given: unknown) => Promise<unknown>)(input);
      } catch (error) {
        throw applicationFailure(error);
      } finally {
        clearInterval(beat);
      }
    },
  ]);
  return Object.fromEntries(entries) as Control;
}
