import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../recipe/json.js';
import { UserError } from '../recipe/errors.js';
import { identify, isAlive, stopProcess, type ProcessIdentity } from '../services/process-identity.js';
import { JobLog } from './job-log.js';
import type { Python } from './python.js';
import type { TrainerJob, TrainerResult } from './trainer.js';

/** Milliseconds between looks at the log. */
const POLL = 400;
/** Milliseconds a cancelled job gets to end by itself. */
const GRACE = 5000;

/**
 * Runs a training job detached, in a session of its own: it outlives the worker. A later call with the same folder re-attaches while the
 * process lives, starts it again (it resumes from its last checkpoint) where it died, and returns at once where it is done.
 * A cancelled stage ends the job; a draining worker leaves it running.
 */
export async function runJob(python: Python, job: TrainerJob): Promise<TrainerResult> {
  await mkdir(job.directory, { recursive: true });
  await prepare(job);
  const output = join(job.directory, 'output');
  const log = new JobLog(join(job.directory, 'log.jsonl'));
  let process = await attach(job);
  if (process === undefined && !existsSync(output)) {
    // What an earlier process said is no news, and its error is not this one's.
    await log.read();
    process = await start(python, job);
  }
  let metrics: JsonObject = {};
  let failure: JsonObject | undefined;
  for (;;) {
    // Asked before the log is read: what a process wrote before it ended is then in the log.
    const alive = process !== undefined && isAlive(process);
    for (const line of await log.read()) {
      if (line.event === 'error') failure = line;
      if (line.event === 'done') metrics = line;
      if (line.event === 'step') job.onProgress(Number(line.step), Number(line.steps), line);
    }
    if (!alive) break;
    if (job.signal.aborted) {
      if (process !== undefined && !isDrain(job.signal.reason)) await stopProcess(process, GRACE);
      job.signal.throwIfAborted();
    }
    await sleep(POLL, undefined, { signal: job.signal }).catch(() => undefined);
  }
  if (existsSync(output)) return { output, metrics };
  throw await explain(job, failure);
}

/** A job folder belongs to one configuration. Another one under the same name starts from nothing. */
async function prepare(job: TrainerJob): Promise<void> {
  const path = join(job.directory, 'config.json');
  const text = `${JSON.stringify(job.config, null, 2)}\n`;
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known === text) return;
  if (known !== undefined) {
    const process = await attach(job);
    if (process !== undefined) await stopProcess(process, GRACE);
    for (const name of ['output', 'output.partial', 'checkpoints', 'log.jsonl', 'process.json']) {
      await rm(join(job.directory, name), { recursive: true, force: true });
    }
  }
  await writeFile(`${path}.partial`, text);
  await rename(`${path}.partial`, path);
}

async function attach(job: TrainerJob): Promise<ProcessIdentity | undefined> {
  try {
    const identity = JSON.parse(await readFile(join(job.directory, 'process.json'), 'utf8')) as ProcessIdentity;
    return isAlive(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

async function start(python: Python, job: TrainerJob): Promise<ProcessIdentity> {
  job.signal.throwIfAborted();
  const errors = await open(join(job.directory, 'stderr.log'), 'w');
  try {
    const child = spawn(python.command, ['-m', 'mortar_trainer', job.command, '--job', job.directory], {
      env: python.environment,
      cwd: job.directory,
      detached: true,
      stdio: ['ignore', errors.fd, errors.fd],
    });
    await once(child, 'spawn').catch((error: unknown) => {
      throw new UserError(
        'trainer-python-missing',
        `The trainer's Python '${python.command}' could not be started: ${String(error)}. Run \`npm run setup\`, or set MORTAR_TRAINER_PYTHON.`,
      );
    });
    const identity = identify(child.pid ?? -1);
    await writeFile(join(job.directory, 'process.json'), JSON.stringify({ ...identity, name: job.name }));
    child.unref();
    return identity;
  } finally {
    await errors.close();
  }
}

function isDrain(reason: unknown): boolean {
  return reason instanceof Error && /drain|WORKER_SHUTDOWN/i.test(`${reason.name} ${reason.message}`);
}

async function explain(job: TrainerJob, failure: JsonObject | undefined): Promise<Error> {
  const errors = (await readFile(join(job.directory, 'stderr.log'), 'utf8').catch(() => ''))
    .trim()
    .split('\n')
    .slice(-12)
    .join('\n');
  if (failure?.kind === 'user') return new UserError('trainer-input', `${job.command}: ${String(failure.message)}`);
  const said =
    failure === undefined
      ? 'The process ended without saying why (killed, or out of memory?)'
      : String(failure.message);
  return new Error(
    `${job.command} job ${job.name} failed: ${said}. Its folder is ${job.directory}; it resumes from its last checkpoint when it is run again. Last lines:\n${errors}`,
  );
}
