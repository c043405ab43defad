import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { Failure } from '../artifacts/run-record.js';

/** What a failed activity means for the stage. */
export interface AttemptFailure {
  readonly failure: Failure;
  /** final: no retry can mend it. counted: takes one of the attempts. free: the worker went away, which is not the work's fault. */
  readonly kind: 'final' | 'counted' | 'free';
}

/** Type of the failure that an activity throws when its worker drains. */
export const WORKER_DRAINS = 'WorkerDrains';

/** Failures that are not the work's: they take no attempt, as a lost worker takes none. */
const SURROUNDINGS = ['store-unreachable', 'disk-full'];

export function isSurroundings({ code }: Failure): boolean {
  return SURROUNDINGS.includes(code);
}

export function readFailure(error: unknown): AttemptFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) {
    if (cause.timeoutType === 'HEARTBEAT') {
      return {
        kind: 'free',
        failure: {
          class: 'infrastructure',
          code: 'worker-lost',
          message: 'The worker stopped answering while it worked on this stage.',
        },
      };
    }
    return {
      kind: 'counted',
      failure: {
        class: 'infrastructure',
        code: 'timeout',
        message:
          "One attempt took longer than the stage's `timeout`. Raise it, or see `mortar logs` for what took so long.",
      },
    };
  }
  if (cause instanceof ApplicationFailure) {
    if (cause.type === WORKER_DRAINS) {
      return {
        kind: 'free',
        failure: { class: 'infrastructure', code: 'worker-drained', message: 'The worker was stopped.' },
      };
    }
    const detail = cause.details?.[0] as Partial<Failure> | undefined;
    return {
      kind: cause.nonRetryable ? 'final' : 'counted',
      failure: { class: detail?.class ?? 'bug', code: detail?.code ?? 'bug', message: cause.message },
    };
  }
  return {
    kind: 'counted',
    failure: { class: 'bug', code: 'bug', message: error instanceof Error ? error.message : String(error) },
  };
}
