import { ParentClosePolicy, proxyActivities, startChild, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RunState } from '../artifacts/run-record.js';
import type { ControlActivities } from './control.js';
import { run } from './run.js';
import type { ScheduledRunInput } from './scheduled-run-input.js';
import { runAttributes } from './search-attributes.js';

const scheduledTime = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** One firing of a schedule: makes the run's record, starts the run, and stays open with it, so that the next firing can see it. */
export async function scheduledRun(input: ScheduledRunInput): Promise<RunState | 'started-before'> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const at = (typedSearchAttributes.get(scheduledTime) ?? startTime).toISOString();
  const control = proxyActivities<ControlActivities>({
    taskQueue: 'mortar',
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
  });
  const { name, profile, input: runInput } = await control.prepareRun({ ...input, at });
  try {
    const child = await startChild(run, {
      workflowId: `run/${runInput.runId}`,
      taskQueue: 'mortar',
      args: [runInput],
      // Deleting the schedule, or ending this firing, ends no run.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: profile === null ? name : `${name}, profile ${profile}`,
      ...(runInput.searchable ? { typedSearchAttributes: runAttributes(name, profile) } : {}),
    });
    return await child.result();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'started-before';
    throw error;
  }
}
