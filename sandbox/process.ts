import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Capture } from './capture.js';
import type { ExecOptions, ExecResult, SandboxProcess } from './sandbox.js';

export const DEFAULT_TIMEOUT = 600_000;
export const DEFAULT_MAX_BYTES = 1 << 20;
const LAST_WORDS = 16 << 10;

/** Ends of a command that runs in a sandbox, however the adapter started it. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** -1 where it was killed. */
  readonly exited: Promise<number>;
  /** Kills all that the command started. */
  kill(): Promise<void>;
}

/** Feeds a command, keeps its output, and kills it at the time limit or when the signal is aborted. */
export async function runToEnd(running: Running, options: ExecOptions = {}): Promise<ExecResult> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const out = new Capture(maxBytes);
  const error = new Capture(maxBytes);
  running.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  running.stderr.on('data', (chunk: Buffer) => error.push(chunk));
  const { onLine } = options;
  if (onLine) {
    createInterface({ input: running.stdout }).on('line', (line) => onLine('stdout', line));
    createInterface({ input: running.stderr }).on('line', (line) => onLine('stderr', line));
  }
  // A program that does not read its input closes the pipe early; that is no error of ours.
  running.stdin.on('error', () => undefined);
  running.stdin.end(options.stdin ?? '');
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void running.kill();
  }, options.timeout ?? DEFAULT_TIMEOUT);
  const abort = (): void => void running.kill();
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted === true) abort();
  try {
    const exitCode = await running.exited;
    options.signal?.throwIfAborted();
    return { exitCode, stdout: out.text(), stderr: error.text(), timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

/** A long-lived program that is spoken to in lines. */
export function lineProcess(running: Running): SandboxProcess {
  const words = new Capture(LAST_WORDS);
  running.stdin.on('error', () => undefined);
  running.stderr.on('data', (chunk: Buffer) => words.push(chunk));
  return {
    lines: createInterface({ input: running.stdout, crlfDelay: Infinity }),
    lastWords: () => words.text(),
    exited: running.exited,
    kill: () => running.kill(),
    send: (line) =>
      new Promise((resolve, reject) => {
        running.stdin.write(`${line}\n`, (failure) => (failure ? reject(failure) : resolve()));
      }),
  };
}

/** The same ends for a child process of ours. */
export function runningChild(child: ChildProcess): Running {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null)
    throw new Error('A sandbox process was started without pipes.');
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    // `close`, not `exit`: the output has been read to its end then.
    child.once('close', (code) => resolve(code ?? -1));
  });
  // Whoever waits gets the rejection; a process nobody waits for must not end the worker.
  exited.catch(() => undefined);
  return {
    stdin,
    stdout,
    stderr,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited.catch(() => undefined);
    },
  };
}
