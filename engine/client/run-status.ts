import type { Client } from '@temporalio/client';
import type {
  Failure,
  NodeRecord,
  NodeState,
  RunRecord,
  RunState,
  RunStateRecord,
} from '../../artifacts/run-record.js';
import type { Store } from '../../artifacts/open.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Plan } from '../../recipe/plan.js';
import { CONTROL_QUEUE, runWorkflowId, stageWorkflowId } from '../names.js';
import { servedQueues } from '../served-queues.js';
import {
  describeDirect,
  describeStage,
  type NodeProgress,
  type PendingActivity,
  type RawDescription,
} from '../stage/stage-description.js';

export interface NodeStatus {
  readonly node: number;
  readonly id: string;
  readonly aliases: readonly string[];
  readonly activity: string;
  readonly queue: string;
  readonly state: NodeState;
  readonly key?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly progress?: NodeProgress;
  readonly failure?: Failure;
  readonly scalars?: JsonObject;
  readonly outputs?: NodeRecord['outputs'];
  readonly approved?: boolean;
  /** Id of the workflow that sees to it while it runs: the stage's own, or the run's. */
  readonly workflow?: string;
  /** Waits for a worker, or why the last attempt failed. */
  readonly note?: string;
}

export type { NodeProgress } from '../stage/stage-description.js';

export interface RunStatus {
  readonly run: RunRecord;
  readonly state: RunState;
  readonly failure?: Failure;
  readonly endedAt?: string;
  readonly workflow: string;
  readonly nodes: readonly NodeStatus[];
  /** False: Temporal did not answer; this is what the record in the store says. */
  readonly live: boolean;
  /** Queues on which this run's work waits, and that no living worker serves. */
  readonly unserved?: readonly string[];
  /** Workflow tasks that fail again and again: a bug in Mortar, or a worker of another version. */
  readonly trouble?: string;
}

/** Puts a run's records together with what Temporal says of it now. */
export async function readRunStatus(
  store: Store,
  client: Client | undefined,
  run: RunRecord,
  plan: Plan,
): Promise<RunStatus> {
  const workflow = runWorkflowId(run.id);
  const [record, nodes, live, served] = await Promise.all([
    store.runs.state(run.id),
    store.runs.nodes(run.id),
    client ? describeRun(client, workflow) : undefined,
    // Whoever may not look at queues sees the rest.
    client ? servedQueues(client).catch(() => undefined) : undefined,
  ]);
  const lost = isLost(record, run, live);
  const state = stateOf(record, run, live);
  const ended = state !== 'running' && state !== 'held';
  const statuses = await Promise.all(
    plan.nodes.map(async (node, number): Promise<NodeStatus & { readonly unserved?: string }> => {
      const known = nodes.get(number);
      const base = { node: number, id: node.id, aliases: node.aliases, activity: node.activity, queue: node.queue };
      if (!known) return { ...base, state: 'waiting' };
      const facts = {
        ...base,
        key: known.key,
        startedAt: known.startedAt,
        endedAt: known.endedAt,
        failure: known.failure,
        scalars: known.scalars,
        outputs: known.outputs,
        approved: known.approved,
      };
      if (known.state !== 'running' || !known.key) return { ...facts, state: known.state };
      if (ended) return { ...facts, state: 'cancelled' };
      const stage = stageWorkflowId(store.id, known.key);
      const described = client ? await describeStage(client, stage, node.queue, served) : { workflow: stage };
      // Without a workflow of its own it is the run's own work.
      const own = described ?? { workflow, ...describeDirect(live?.pending ?? [], number, node.queue, served) };
      return { ...facts, state: 'running', ...own };
    }),
  );
  // Who is held waits for people, not for workers.
  const engine = live?.status === 'RUNNING' && state === 'running' && served && !served.has(CONTROL_QUEUE);
  const unserved = new Set(statuses.flatMap(({ unserved }) => unserved ?? []));
  if (engine) unserved.add(CONTROL_QUEUE);
  return {
    run,
    state,
    failure: lost ? lostFailure(run) : record?.failure,
    endedAt: record?.endedAt,
    workflow,
    nodes: statuses.map(({ unserved: _unserved, ...status }) => status),
    live: live !== undefined,
    ...(unserved.size > 0 ? { unserved: [...unserved].sort() } : {}),
    ...(live?.trouble ? { trouble: live.trouble } : {}),
  };
}

/** Milliseconds between the record of a run and the start of its workflow, at most. */
const STARTING = 60_000;

/** Recorded as open, and yet Temporal does not know it: its start never came about, or Temporal has lost its data. */
function isLost(record: RunStateRecord | undefined, run: RunRecord, live: LiveRun | undefined): boolean {
  if (live === undefined || live.status !== undefined) return false;
  const open = record === undefined || record.state === 'running' || record.state === 'held';
  return open && Date.now() - Date.parse(record?.updatedAt ?? run.createdAt) > STARTING;
}

/** The state of a run alone: for listings. */
export async function readRunState(
  client: Client,
  run: RunRecord,
  record: RunStateRecord | undefined,
): Promise<RunState> {
  return stateOf(record, run, await describeRun(client, runWorkflowId(run.id)));
}

function lostFailure({ id }: RunRecord): Failure {
  return {
    class: 'infrastructure',
    code: 'run-lost',
    message:
      `The record says that run ${id} is open, and Temporal does not know it: the wrong server or namespace, or it has lost its data. ` +
      `If Temporal is the right one, start the run again from what is finished: mortar retry ${id}`,
  };
}

interface LiveRun {
  readonly status: string | undefined;
  readonly trouble?: string;
  readonly pending: readonly PendingActivity[];
}

async function describeRun(client: Client, workflow: string): Promise<LiveRun> {
  try {
    const described = await client.workflow.getHandle(workflow).describe();
    const trouble = troubleOf(described.raw, workflow);
    const pending = described.raw.pendingActivities ?? [];
    return { status: described.status.name, pending, ...(trouble ? { trouble } : {}) };
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return { status: undefined, pending: [] };
    throw error;
  }
}

/** What fails again and again without the run's own knowledge. */
function troubleOf(raw: RawDescription, workflow: string): string | undefined {
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt > 3) {
    return `Workflow tasks of ${workflow} have failed ${attempt} times. Cancel the run and start it again: finished stages are kept.`;
  }
  const stuck = raw.pendingActivities?.find((activity) => (activity.attempt ?? 0) > 3);
  if (!stuck) return undefined;
  return `The engine's step ${stuck.activityType?.name} has failed ${(stuck.attempt ?? 1) - 1} times and goes on trying: ${stuck.lastFailure?.message}`;
}

function stateOf(record: RunStateRecord | undefined, run: RunRecord, live: LiveRun | undefined): RunState {
  if (isLost(record, run, live)) return 'failed';
  const recorded = record?.state ?? 'running';
  if (recorded !== 'running' && recorded !== 'held' && live?.status !== 'RUNNING') return recorded;
  switch (live?.status) {
    case undefined:
    case 'CONTINUED_AS_NEW':
      return recorded;
    case 'RUNNING':
      return recorded === 'held' ? 'held' : 'running';
    case 'COMPLETED':
      return 'succeeded';
    case 'CANCELLED':
      return 'cancelled';
    default:
      // Terminated or failed before it could write that down.
      return 'failed';
  }
}
