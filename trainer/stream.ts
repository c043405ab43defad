import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Json } from '../recipe/json.js';
import { UserError } from '../recipe/errors.js';
import type { Python } from './python.js';

const KEPT = 4000;

/** Runs `python -m mortar_trainer.COMMAND` with JSON lines in and out. It dies when the reader stops, on abort, or with this process. */
export async function* streamLines(
  python: Python,
  command: string,
  input: Iterable<Json> | AsyncIterable<Json>,
  signal?: AbortSignal,
): AsyncGenerator<Json> {
  signal?.throwIfAborted();
  const child = spawn(python.command, ['-m', `mortar_trainer.${command}`], {
    env: python.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  ended.catch(() => undefined);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-KEPT);
  });
  // A program that ends before it has read all its input closes the pipe; its exit code says whether that was right.
  child.stdin.on('error', () => undefined);
  const abort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  let inputFailure: unknown;
  const feeding = (async () => {
    try {
      for await (const value of input) {
        if (child.stdin.destroyed) return;
        if (!child.stdin.write(`${JSON.stringify(value)}\n`)) await Promise.race([once(child.stdin, 'drain'), ended]);
      }
    } catch (error) {
      inputFailure = error;
      child.kill('SIGKILL');
    } finally {
      child.stdin.end();
    }
  })();
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      if (line !== '') yield parse(line, command);
    }
    const code = await ended;
    await feeding;
    signal?.throwIfAborted();
    if (inputFailure !== undefined) throw inputFailure;
    if (code === 2)
      throw new UserError('trainer-input', lastLine(complaint) || `mortar_trainer.${command} refused its input.`);
    if (code !== 0)
      throw new Error(`mortar_trainer.${command} ended with code ${code}: ${complaint.trim() || 'it said nothing'}`);
  } finally {
    signal?.removeEventListener('abort', abort);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

function parse(line: string, command: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    throw new Error(`mortar_trainer.${command} wrote a line that is not JSON: ${line.slice(0, 200)}`);
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
