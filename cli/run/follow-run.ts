import type { EngineClient } from '../../engine/client/client.js';
import type { RunStatus } from '../../engine/client/run-status.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { say } from '../output.js';
import { outageLine } from './outage-line.js';
import { ProgressView } from './progress-view.js';
import { RunEvents } from './run-events.js';
import { untilInterrupted } from './until-interrupted.js';

export interface Followed {
  readonly exitCode: ExitCode;
  /** Undefined where the user left. */
  readonly status?: RunStatus;
}

/** Shows a run until it ends, waits for a decision, or the user leaves with Ctrl-C; the run itself goes on then. */
export async function followRun(client: EngineClient, run: string, options: { json?: boolean }): Promise<Followed> {
  const view = new ProgressView();
  const events = options.json ? new RunEvents() : undefined;
  let last: RunStatus | undefined;
  const left = await untilInterrupted(async (signal) => {
    const statuses = client.watchRun(run, {
      interval: 1000,
      signal,
      onOutage: (outage) => {
        view.clear();
        say(outageLine(outage));
        events?.outage(outage);
      },
    });
    for await (const status of statuses) {
      if (signal.aborted) return;
      last = status;
      view.update(status);
      events?.update(status);
      // Nothing goes on by itself any more: whoever waits here should decide instead.
      if (status.state === 'held') return;
    }
  });
  view.clear();
  if (left) {
    say(`Detached. Run ${run} goes on.\n  come back: mortar watch ${run}\n  end it:    mortar cancel ${run}`);
    return { exitCode: exitCodes.interrupted };
  }
  return { exitCode: exitCodeOfRun(last), status: last };
}

export function exitCodeOfRun(status: Pick<RunStatus, 'state'> | undefined): ExitCode {
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
