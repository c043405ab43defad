import { runInThisContext } from 'node:vm';

const slot = Symbol.for('mortar.fuzz.action');

/** Runs something that may never end, and stops it then: the engine's own watchdog reaches into loops and regular expressions. */
export function withDeadline<Result>(milliseconds: number, action: () => Result): Result | 'too slow' {
  (globalThis as Record<symbol, unknown>)[slot] = action;
  try {
    return runInThisContext(`globalThis[Symbol.for('mortar.fuzz.action')]()`, {
      timeout: Math.ceil(milliseconds),
    }) as Result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'too slow';
    throw error;
  }
}
