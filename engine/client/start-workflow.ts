import type { Store } from '../../artifacts/open.js';
import type { RunRecord } from '../../artifacts/run-record.js';
import { MEMORY_VERSION } from '../../workflows/memory-version.js';
import type { RunInput, RunMemory } from '../../workflows/run-input.js';
import { runAttributes } from '../../workflows/search-attributes.js';
import { runInput } from '../runs/create-run.js';
import { CONTROL_QUEUE, runWorkflowId } from '../names.js';
import { lacksSearchAttributes } from './search-attributes.js';
import type { TemporalCalls } from './temporal-calls.js';

/** Starts the workflow of a run whose record is written; also of one that has ended. */
export async function startWorkflow(
  store: Store,
  temporal: TemporalCalls,
  record: RunRecord,
  more: Partial<RunInput> = {},
): Promise<void> {
  await store.runs.writeState(record.id, { state: 'running', updatedAt: new Date().toISOString() });
  const start = (searchable: boolean): Promise<unknown> =>
    temporal.call((client) =>
      client.workflow.start('run', {
        workflowId: runWorkflowId(record.id),
        taskQueue: CONTROL_QUEUE,
        args: [runInput(record, { ...more, ...(searchable ? { searchable } : {}) })],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        staticSummary: record.profile ? `${record.name}, profile ${record.profile}` : record.name,
        ...(searchable ? { typedSearchAttributes: runAttributes(record.name, record.profile) } : {}),
      }),
    );
  await start(true).catch((error: unknown) => {
    if (!lacksSearchAttributes(error)) throw error;
    return start(false);
  });
}

/** Of a run that starts again: everything waits, and what is finished is found. */
export function memoryOf(nodes: number, again: readonly number[]): RunMemory | undefined {
  if (again.length === 0) return undefined;
  const since = new Date().toISOString();
  const nothing = { approved: [], ran: [], inFlight: [] };
  return { version: MEMORY_VERSION, states: '.'.repeat(nodes), ...nothing, again: again.map((node) => [node, since]) };
}
