import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { DIRECT } from '../../workflows/direct.js';
import { FINISHED, QUEUE } from '../../workflows/stage-activities.js';
import type { BatchProgress } from './direct-executor.js';
import { nobodyServes } from '../served-queues.js';
import type { Progress } from './stage-work.js';

export interface NodeProgress {
  readonly done: number;
  readonly total: number;
  readonly failed?: number;
  readonly note?: string;
}

export type RawDescription = Awaited<ReturnType<WorkflowHandle['describe']>>['raw'];
export type PendingActivity = NonNullable<RawDescription['pendingActivities']>[number];

/** What Temporal knows of a stage that runs. */
export interface StageDescription {
  readonly progress?: NodeProgress;
  readonly note?: string;
  /** Its queue, where no living worker serves it. */
  readonly unserved?: string;
}

/** Sums the heartbeats of a stage's activities. Undefined where the stage has no workflow that runs. */
export async function describeStage(
  client: Client,
  workflow: string,
  planned: string,
  served: ReadonlySet<string> | undefined,
): Promise<(StageDescription & { readonly workflow: string }) | undefined> {
  try {
    const { raw, status } = await client.workflow.getHandle(workflow).describe();
    if (status.name !== 'RUNNING') return undefined;
    const pending = raw.pendingActivities ?? [];
    const queue = memoOf<string>(raw, QUEUE) ?? planned;
    const { note, unserved } = waitingFor(pending, queue, served);
    const notes = [
      ...(queue === planned ? [] : [`goes on under the queue ${queue}, as the run that began it asked`]),
      ...(note ? [note] : []),
    ];
    return {
      workflow,
      progress: sumProgress(
        pending.flatMap((activity) => beatsOf<Progress>(activity)),
        memoOf<number>(raw, FINISHED) ?? 0,
      ),
      ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
      ...(unserved ? { unserved } : {}),
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

/** The same of a stage that its run has done itself. @param pending activities of the run's workflow */
export function describeDirect(
  pending: readonly PendingActivity[],
  node: number,
  queue: string,
  served: ReadonlySet<string> | undefined,
): StageDescription {
  const batches = pending.filter((activity) => activity.activityType?.name === DIRECT);
  const progress = batches.flatMap((batch) => beatsOf<BatchProgress>(batch)).find(({ stages }) => stages[node]);
  if (progress) return { progress: sumProgress([progress.stages[node] ?? { done: 0, total: 0 }]) };
  return waitingFor(batches, queue, served);
}

/** Whether activities wait for a worker, and for which. */
function waitingFor(
  pending: readonly PendingActivity[],
  queue: string,
  served: ReadonlySet<string> | undefined,
): Pick<StageDescription, 'note' | 'unserved'> {
  // PENDING_ACTIVITY_STATE_SCHEDULED: no worker has taken it yet.
  if (pending.length === 0 || !pending.every((activity) => activity.state === 1)) return {};
  if (served?.has(queue) === false) return { note: nobodyServes(queue), unserved: queue };
  return { note: `waits for a free worker on the queue ${queue}` };
}

function beatsOf<T>({ heartbeatDetails }: PendingActivity): T[] {
  const [payload] = heartbeatDetails?.payloads ?? [];
  return payload ? [defaultPayloadConverter.fromPayload<T>(payload)] : [];
}

function memoOf<T>(raw: RawDescription, name: string): T | undefined {
  const payload = raw.workflowExecutionInfo?.memo?.fields?.[name];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}

/**
 * Progress of a stage from that of its shards.
 * @param ended items finished by shards that beat no more
 */
export function sumProgress(beats: readonly Progress[], ended = 0): NodeProgress | undefined {
  const [first] = beats;
  if (!first) return undefined;
  const done = beats.reduce((sum, beat) => sum + beat.done, 0);
  const failed = beats.reduce((sum, beat) => sum + (beat.failed ?? 0), 0);
  const note = beats.find((beat) => beat.note)?.note;
  const total = first.stage?.total ?? first.total;
  const before = beats.reduce((most, beat) => Math.max(most, beat.stage?.before ?? 0), ended);
  return { done: Math.min(before + done, total), total, ...(failed > 0 ? { failed } : {}), ...(note ? { note } : {}) };
}
