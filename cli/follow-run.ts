import type { EngineClient } from '../engine/client.js';
import type { RunStatus } from '../engine/run-status.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { say } from './output.js';
import { ProgressView } from './progress-view.js';
import { RunEvents } from './run-events.js';

export interface Followed {
  readonly exitCode: ExitCode;
  /** Undefined where the user left. */
  readonly status?: RunStatus;
}

/** Shows a run until it ends, waits for a decision, or the user leaves with Ctrl-C; the run itself goes on then. */
export async function followRun(client: EngineClient, run: string, options: { json?: boolean }): Promise<Followed> {
  const leave = new AbortController();
  const onInterrupt = (): void => {
    leave.abort();
  };
  process.once('SIGINT', onInterrupt);
  const view = new ProgressView();
  const events = options.json ? new RunEvents() : undefined;
  let last: RunStatus | undefined;
  try {
    const stopped = new Promise<'left'>((resolve) => {
      leave.signal.addEventListener('abort', () => {
        resolve('left');
      });
    });
    const statuses = client.watchRun(run, { interval: 1000, signal: leave.signal })[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([statuses.next(), stopped]);
      if (next === 'left' || next.done) break;
      last = next.value;
      view.update(last);
      events?.update(last);
      // Nothing goes on by itself any more: whoever waits here should decide instead.
      if (last.state === 'held') break;
    }
    view.clear();
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  if (leave.signal.aborted) {
    say(`Detached. Run ${run} goes on.\n  come back: mortar watch ${run}\n  end it:    mortar cancel ${run}`);
    return { exitCode: exitCodes.interrupted };
  }
  return { exitCode: exitCodeOfRun(last), status: last };
}

function exitCodeOfRun(status: RunStatus | undefined): ExitCode {
  switch (status?.state) {
    case 'succeeded':
      return exitCodes.ok;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'running':
    case 'held':
    case 'failed':
    case undefined:
      return exitCodes.failed;
  }
}
