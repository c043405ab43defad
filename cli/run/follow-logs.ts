import type { EngineClient } from '../../engine/client/client.js';
import type { LogReader, StageLogEntry } from '../../engine/client/log-reader.js';
import { Outages } from '../../engine/client/persevere.js';
import type { NodeStatus, RunStatus } from '../../engine/client/run-status.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { exitCodeOfRun } from './follow-run.js';
import { say } from '../output.js';
import { outageLine } from './outage-line.js';
import { untilInterrupted } from './until-interrupted.js';

/** Prints the log of a run, or of one stage by its number, as it grows; until that ends, waits for a decision, or the user leaves. */
export async function followLogs(
  client: EngineClient,
  run: string,
  stage: number | undefined,
  show: (entries: readonly StageLogEntry[]) => void,
): Promise<ExitCode> {
  const reader: LogReader = client.logReader();
  const onOutage = (outage: Parameters<typeof outageLine>[0]): void => say(outageLine(outage));
  const outages = new Outages(onOutage);
  let exitCode: ExitCode = exitCodes.failed;
  const left = await untilInterrupted(async (signal) => {
    for await (const status of client.watchRun(run, { interval: 1000, signal, onOutage })) {
      const nodes = stage === undefined ? status.nodes : status.nodes.slice(stage, stage + 1);
      const entries = await outages.persevere(() => reader.next(nodes), signal);
      if (signal.aborted) return;
      show(entries ?? []);
      const ended = stage === undefined ? endOfRun(status) : endOfStage(status, nodes[0]);
      if (ended === undefined) continue;
      exitCode = ended.exitCode;
      say(ended.line);
      return;
    }
  });
  if (!left) return exitCode;
  say(`Left the log. Run ${run} goes on.\n  come back: mortar logs ${run} --follow`);
  return exitCodes.interrupted;
}

interface End {
  readonly exitCode: ExitCode;
  readonly line: string;
}

function endOfRun(status: RunStatus): End | undefined {
  const { run, state } = status;
  if (state === 'running') return undefined;
  const next = state === 'held' ? `waits for a decision: mortar status ${run.id}` : `${state}.`;
  return { exitCode: exitCodeOfRun(status), line: `Run ${run.id} ${next}` };
}

/** A stage that nothing works at any more: it has ended, or the run has. */
function endOfStage(status: RunStatus, node: NodeStatus | undefined): End | undefined {
  if (node === undefined) return endOfRun(status);
  switch (node.state) {
    case 'waiting':
      return endOfRun(status);
    case 'running':
      return undefined;
    case 'cached':
    case 'done':
    case 'skipped':
      return { exitCode: exitCodes.ok, line: `Stage ${node.id} is ${node.state}.` };
    case 'held':
    case 'failed':
      return { exitCode: exitCodes.failed, line: `Stage ${node.id} is ${node.state}: ${node.failure?.message ?? ''}` };
    case 'cancelled':
      return { exitCode: exitCodes.cancelled, line: `Stage ${node.id} is cancelled.` };
  }
}
