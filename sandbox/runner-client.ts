import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { InfrastructureError } from '../recipe/errors.js';
import type { SandboxProcess } from './sandbox.js';

/** The runner, or the sandbox around it, is gone or does not answer: infrastructure, to be tried again. */
export class RunnerError extends InfrastructureError {
  constructor(message: string) {
    super('sandbox-runner', message);
  }
}

/** Milliseconds. */
const GRACE = 1000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: Error) => void;
}

/** Requests to one runner program, answered in any order. */
export class RunnerClient {
  readonly #process: SandboxProcess;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #gone: RunnerError | undefined;

  constructor(process: SandboxProcess) {
    this.#process = process;
    void this.#listen();
  }

  get alive(): boolean {
    return this.#gone === undefined;
  }

  /** Throws a RunnerError where the runner dies first, an Error with the runner's own words where it refuses. */
  request<T>(operation: string, fields: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<T> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = this.#next++;
    let settled = (): void => undefined;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // The run itself goes on to its time limit; only the waiting ends.
      if (signal === undefined) return;
      const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted.'));
      if (signal.aborted) abort();
      // Hundreds of requests wait on one signal: no leak, each takes its listener away again.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { once: true });
      settled = () => signal.removeEventListener('abort', abort);
    });
    this.#process.send(JSON.stringify({ id, op: operation, ...fields })).catch(() => undefined);
    return answer.finally(settled) as Promise<T>;
  }

  async #listen(): Promise<void> {
    let trouble = '';
    try {
      for await (const line of this.#process.lines) this.#take(line);
    } catch (error) {
      trouble = ` ${error instanceof Error ? error.message : String(error)}`;
    }
    // A moment to end by itself, so that the code is its own; then what is left of it is killed.
    const code = await Promise.race([this.#process.exited.catch(() => -1), pause(GRACE)]);
    await this.#process.kill();
    const words = this.#process.lastWords().trim().slice(-1500) || 'nothing';
    this.#gone = new RunnerError(
      `The runner in the sandbox ended (exit code ${code ?? 'none'}).${trouble} It said: ${words}`,
    );
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }

  #take(line: string): void {
    const message = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error !== undefined) waiting?.reject(new Error(`The runner refused: ${message.error}`));
    else waiting?.resolve(message.result);
  }
}
