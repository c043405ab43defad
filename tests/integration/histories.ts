import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** A recorded execution of a workflow. */
export interface RecordedHistory {
  readonly workflowId: string;
  readonly history: unknown;
}

/** The history of a workflow, or of one of its executions, up to now. */
export async function historyOf(temporal: Client, workflowId: string, runId?: string): Promise<RecordedHistory> {
  const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  return { workflowId, history: withoutPlaces(JSON.parse(historyToJSON(history))) };
}

/** Keeps a history for `tests/workflows/replay.test.ts`; each generation of workflow code has a folder, and none is written twice. */
export function keepHistory(generation: string, shape: string, recorded: RecordedHistory): void {
  const folder = join(import.meta.dirname, '..', 'histories', generation);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${shape}.json`), `${JSON.stringify(recorded)}\n`, { flag: 'wx' });
}

/** Names of hosts and paths of files say nothing about a workflow. */
function withoutPlaces(value: unknown): unknown {
  // Sticky queues carry the process and the host that made them.
  if (typeof value === 'string') return value.replace(/^\d+@[\w.-]+/, 'worker');
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, entry]) => {
      if (name === 'stackTrace') return [];
      return [[name, name === 'identity' ? 'worker' : withoutPlaces(entry)]];
    }),
  );
}
