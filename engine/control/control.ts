import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { activityInfo, heartbeat } from '@temporalio/activity';
import type { NodeRecord, NodeState } from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import type { ControlActivities } from '../../workflows/control.js';
import type { StateLetter } from '../../workflows/node-states.js';
import { Advance } from '../advance/advance.js';
import { runInput } from '../runs/create-run.js';
import { applicationFailure } from '../failures.js';
import { runWorkflowId, stageWorkflowId } from '../names.js';
import type { OrderBook } from '../orders/order-book.js';
import { Plans } from '../orders/plans.js';
import { isWeaker, ownPolicy } from './own-policy.js';
import type { Ports } from '../ports.js';
import type { Registry } from '../modules/registry.js';
import { reviseRun } from '../runs/revise.js';
import { prepareScheduledRun } from './scheduled-runs.js';
import { subscribeActivities } from './subscribe.js';

export interface ControlParts {
  readonly store: Store;
  readonly client: Client;
  readonly registry: Registry;
  readonly ports: Ports;
  readonly orders: OrderBook;
  /** Shards of one stage at once. @default 2 */
  readonly shards?: number;
  /** The server knows our search attributes. */
  readonly searchable?: boolean;
  /** The store can do what claims need. */
  readonly direct?: boolean;
}

/** The engine's own short activities. */
export function controlActivities({
  store,
  client,
  registry,
  ports,
  orders,
  shards = 2,
  searchable = false,
  direct = false,
}: ControlParts): Omit<ControlActivities, 'splitItems'> {
  const plans = new Plans(store.blobs);
  const advance = new Advance(store, plans, registry, ports, orders);
  return guarded({
    advance: (input) => advance.run(direct ? input : { ...input, direct: undefined }),

    ...subscribeActivities({ store, client, registry, plans, orders, shards }),

    async unsubscribe({ key, ...subscriber }) {
      await client.workflow
        .getHandle(stageWorkflowId(store.id, key))
        .signal('unsubscribe', subscriber)
        .catch(ignoreClosed);
    },

    async notify({ subscriber: { runId, node, epoch }, outcome, under }) {
      try {
        const run = client.workflow.getHandle(runWorkflowId(runId));
        const own = outcome.kind === 'failed' && under ? await ownPolicy(store, runId, node, under) : undefined;
        const weaker = own && under && outcome.kind === 'failed' && isWeaker(under, own, outcome.failure);
        await run.signal('stageEnded', { node, epoch, outcome: weaker ? { ...outcome, weaker } : outcome });
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

    revise: ({ runId, plan, next }) => reviseRun(store, plans, runId, plan, next),

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

    compactRun: ({ runId }) => store.runs.compact(runId),

    async prepareRun(input) {
      const record = await prepareScheduledRun(store, registry.declarations(), input);
      const { name, profile } = record;
      return { name, profile, input: runInput(record, searchable ? { searchable } : {}) };
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
      // A worker that is killed in the middle is noticed by its silence, long before the time limit. What is done within a workflow's
      // task needs none: the task itself is missed.
      const beat = activityInfo().isLocal ? undefined : setInterval(heartbeat, 3_000);
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
