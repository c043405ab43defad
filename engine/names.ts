import { hexOf } from '../artifacts/digest.js';

/** Queue of the engine's own activities and of all workflow tasks. */
export const CONTROL_QUEUE = 'mortar';
/** Resource classes. */
export const STAGE_QUEUES = ['cpu', 'sandbox', 'gpu'] as const;

export function runWorkflowId(runId: string): string {
  return `run/${runId}`;
}

/** The same work is the same workflow: it cannot run twice at once, in one run or across runs. */
export function stageWorkflowId(storeId: string, key: string): string {
  return `stage/${storeId}/${hexOf(key)}`;
}

/** Of a schedule, and the beginning of the ids of its firings. */
export function scheduleId(storeId: string, id: string): string {
  return `schedule/${storeId}/${id}`;
}
