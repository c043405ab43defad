import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ScoreDocument } from '../../activities/report/score-document.js';
import type { EngineClient } from '../../engine/client/client.js';
import type { RunStatus } from '../../engine/client/run-status.js';
import type { Connection } from '../../services/connection.js';
import { decisions } from './decisions.js';
import { formatDuration } from '../format.js';
import { paint, say } from '../output.js';
import { summarise } from './progress-lines.js';
import { pullReport, reportDigest } from './pull-report.js';
import { resultTable } from './result-table.js';
import { viewRun } from './run-view.js';
import { stageTable } from './stage-table.js';

/** The last screen of a run: what came out, where the report is, what to decide. */
export async function finishRun(client: EngineClient, status: RunStatus, connection: Connection): Promise<void> {
  const { run, state } = status;
  say();
  const allCached = status.nodes.length > 0 && status.nodes.every((node) => node.state === 'cached');
  if (allCached)
    say(`${status.nodes.length} of ${status.nodes.length} stages came from the cache: nothing had changed.`);
  else for (const line of stageTable(status, Date.now())) say(line);
  const view = await viewRun(client.store, run.id);
  if (reportDigest(view)) {
    const page = await pullReport(client.store, view);
    const score = scoreOf(join(dirname(page), 'report.json'));
    if (score) {
      say();
      for (const line of resultTable(score)) say(line);
    }
    say();
    say(`Report:   ${resolve(page)}`);
  }
  const ui = temporalPage(connection, status.workflow);
  if (ui) say(`Temporal: ${ui}`);
  const took = formatDuration(Date.parse(status.endedAt ?? new Date().toISOString()) - Date.parse(run.createdAt));
  const colour = state === 'succeeded' ? 'green' : state === 'held' ? 'yellow' : 'red';
  say(
    paint(colour, `Run ${run.id} ${state === 'held' ? 'waits for a decision' : state}: ${summarise(status)}, ${took}.`),
  );
  if (status.failure) say(status.failure.message);
  for (const line of decisions(status)) say(line);
}

/** Address of a workflow on Temporal's page. */
export function temporalPage({ temporal }: Connection, workflow: string): string | undefined {
  return temporal.ui && `${temporal.ui}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflow)}`;
}

function scoreOf(path: string): ScoreDocument | undefined {
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { score?: ScoreDocument }).score;
}
