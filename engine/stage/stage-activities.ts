import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ControlActivities } from '../../workflows/control.js';
import type { StageActivities } from '../../workflows/stage-activities.js';
import { WORKER_DRAINS } from '../../workflows/failure.js';
import type { BatchProgress, DirectExecutor } from './direct-executor.js';
import type { StageExecutor } from './executor.js';
import { applicationFailure } from '../failures.js';
import type { Progress } from './stage-work.js';

/** Milliseconds between two heartbeats. */
const BEAT = 3_000;

/** @param isOpen whether a run has not ended, as the store has it */
export function stageActivities(
  executor: StageExecutor,
  direct: DirectExecutor,
  isOpen: (runId: string) => Promise<boolean>,
): StageActivities & Pick<ControlActivities, 'splitItems'> {
  return {
    execute: ({ order, attempt }) => driven(NOTHING, (driver) => executor.execute(order, attempt, driver)),
    executeShard: (input) => driven(NOTHING, (driver) => executor.shard(input, driver)),
    assemble: ({ order, attempt }) => driven(NOTHING, (driver) => executor.assemble(order, attempt, driver)),
    splitItems: ({ order }) => driven(NOTHING, (driver) => executor.split(order, driver)),
    executeDirect: (input) =>
      driven<BatchProgress, Awaited<ReturnType<StageActivities['executeDirect']>>>({ stages: {} }, (driver) =>
        direct.run(input, { ...driver, stop: unlessRunIsGone(driver.signal, () => isOpen(input.runId)) }),
      ),
  };
}

/** Aborts as an activity is cancelled, but not because the run that it is for was terminated: that one has had no time to say that it ended. */
function unlessRunIsGone(signal: AbortSignal, isOpen: () => Promise<boolean>): AbortSignal {
  const stop = new AbortController();
  const pass = (): void => {
    const reason: unknown = signal.reason;
    const closed = reason instanceof CancelledFailure && reason.message === 'NOT_FOUND';
    const goesOn = closed ? isOpen().catch(() => false) : Promise.resolve(false);
    void goesOn.then((open) => {
      if (!open) stop.abort(reason);
    });
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  return stop.signal;
}

const NOTHING: Progress = { done: 0, total: 0 };

/** Heartbeats while the work goes on, whether it reports or not, and says why it ended. */
async function driven<P, T>(
  nothing: P,
  work: (driver: { readonly signal: AbortSignal; beat(progress: P): void }) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let progress = nothing;
  // Work that ends at once beats once less: each beat is a write of the server.
  let last = -Infinity;
  const beat = (): void => {
    last = Date.now();
    context.heartbeat(progress);
  };
  const timer = setInterval(beat, BEAT);
  try {
    return await work({
      signal: context.cancellationSignal,
      beat: (reported) => {
        progress = reported;
        if (Date.now() - last >= 1_000) beat();
      },
    });
  } catch (error) {
    const reason: unknown = context.cancellationSignal.aborted ? context.cancellationSignal.reason : undefined;
    if (reason instanceof CancelledFailure) {
      // A drained worker's stage goes on elsewhere, and pays no attempt for it.
      if (reason.message === 'WORKER_SHUTDOWN')
        throw ApplicationFailure.create({ type: WORKER_DRAINS, message: 'the worker was stopped' });
      throw reason;
    }
    throw applicationFailure(error);
  } finally {
    clearInterval(timer);
  }
}
