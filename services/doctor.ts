import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../recipe/errors.js';
import { createSandbox } from '../sandbox/index.js';
import { temporalBinary, versitygwBinary, type BinarySpec } from './binary.js';
import { ensureBucket, honoursConditionalWrites } from './bucket.js';
import { freeBytes } from './disk-space.js';
import { findBinary } from './find-binary.js';
import { findServices, givenServices } from './find-services.js';
import { cacheDirectory, servicesDirectory } from './paths.js';
import { isPortFree } from './ports.js';
import { findPython } from './python.js';
import { temporalAnswers } from './temporal.js';
import { findTrainer } from './trainer-environment.js';
import { findUv } from './uv.js';
import { engineQueue, workerPolls } from './worker-service.js';

const execute = promisify(execFile);

export interface Check {
  readonly name: string;
  /** warn: a run can do without, or will mend it by itself. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly value: string;
  /** What to do; absent where all is well. */
  readonly next?: string;
}

/** Looks at everything a run needs. Starts and installs nothing. */
export async function doctor(): Promise<Check[]> {
  const checks: [string, () => Promise<Omit<Check, 'name'>>][] = [
    ['node', node],
    ['python', python],
    ['git', git],
    ['uv', uv],
    ['temporal', () => service('temporal', temporalBinary)],
    ['s3', () => service('s3', versitygwBinary)],
    ['worker', worker],
    ['sandbox', sandbox],
    ['trainer', trainer],
    ['disk', disk],
    ['memory', memory],
    ['ports', ports],
  ];
  return Promise.all(
    checks.map(async ([name, check]) => {
      try {
        return { name, ...(await check()) };
      } catch (error) {
        return { name, status: 'fail' as const, value: messageOf(error) };
      }
    }),
  );
}

type Finding = Omit<Check, 'name'>;

function node(): Promise<Finding> {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const value = `${process.versions.node} (${process.platform} ${process.arch})`;
  if (major < 20) return Promise.resolve({ status: 'fail', value, next: 'install Node 20.10 or later' });
  // Not a warning: all of Mortar runs on 20, but its dependencies will leave it from 2027 on.
  return Promise.resolve({ status: 'ok', value: major < 22 ? `${value}; 22 or later is better from 2027 on` : value });
}

async function python(): Promise<Finding> {
  const { version, path } = await findPython();
  return { status: 'ok', value: `${version} (${path})` };
}

async function git(): Promise<Finding> {
  try {
    const { stdout } = await execute('git', ['--version'], { timeout: 10_000 });
    return { status: 'ok', value: stdout.trim().replace('git version ', '') };
  } catch {
    return { status: 'fail', value: 'not found on PATH', next: 'install git' };
  }
}

async function uv(): Promise<Finding> {
  const found = await findUv();
  if (found) return { status: 'ok', value: `${found.version} (${found.path})` };
  return {
    status: 'warn',
    value: 'not found',
    next: 'none needed: it is installed into the cache when training first needs it',
  };
}

async function service(name: 'temporal' | 's3', spec: BinarySpec): Promise<Finding> {
  const connection = findServices(servicesDirectory());
  const { temporal, s3 } = connection;
  if (name === 'temporal' && temporal) {
    if (await temporalAnswers(temporal.address, 4000)) return { status: 'ok', value: `answers at ${temporal.address}` };
    const next = givenServices().temporal ? 'check TEMPORAL_ADDRESS and the network' : 'mortar up';
    return { status: 'fail', value: `no answer at ${temporal.address}`, next };
  }
  if (name === 's3' && s3) {
    const whole = { s3, temporal: temporal ?? { address: '', namespace: '' } };
    await ensureBucket(whole);
    const value = `${s3.endpoint ?? 'AWS'}, bucket ${s3.bucket}`;
    if (await honoursConditionalWrites(whole)) return { status: 'ok', value: `${value}, conditional writes honoured` };
    return {
      status: 'fail',
      value: `${value} overwrites in spite of If-None-Match`,
      next: 'use a store with conditional writes (AWS, R2, Ceph, versitygw): results are committed by them',
    };
  }
  const binary = await findBinary(spec);
  if (binary)
    return { status: 'warn', value: `not running; ${binary.version} is there (${binary.path})`, next: 'mortar up' };
  return {
    status: 'warn',
    value: 'not running, not installed',
    next: `mortar up (fetches or builds it, up to ${Math.ceil(spec.buildSeconds / 60)} min, once)`,
  };
}

async function worker(): Promise<Finding> {
  const { temporal, s3 } = findServices(servicesDirectory());
  if (!temporal || !s3) return { status: 'warn', value: 'not running', next: 'mortar up' };
  if (await workerPolls({ temporal, s3 })) return { status: 'ok', value: `polls queue ${engineQueue}` };
  return { status: 'warn', value: `no worker polls queue ${engineQueue}`, next: 'mortar up, or mortar worker' };
}

async function sandbox(): Promise<Finding> {
  return { status: 'ok', value: await (await createSandbox()).describe() };
}

async function trainer(): Promise<Finding> {
  const found = await findTrainer();
  if (!found)
    return {
      status: 'warn',
      value: 'not installed',
      next: 'none needed: installed when training first needs it (1 to 10 min)',
    };
  const { stdout } = await execute(
    found.python,
    [
      '-c',
      'import torch, transformers; print(f"torch {torch.__version__}, transformers {transformers.__version__}, GPU {torch.cuda.is_available()}")',
    ],
    { timeout: 60_000 },
  );
  return { status: 'ok', value: stdout.trim() };
}

function disk(): Promise<Finding> {
  const folder = existing(cacheDirectory());
  const gigabytes = freeBytes(folder) / 1e9;
  const value = `${gigabytes.toFixed(1)} GB free (${folder})`;
  if (gigabytes < 2)
    return Promise.resolve({
      status: 'fail',
      value,
      next: 'free some space, or set MORTAR_CACHE and MORTAR_HOME to a larger disk',
    });
  if (gigabytes < 10)
    return Promise.resolve({ status: 'warn', value, next: 'the training packages alone may take 6 GB' });
  return Promise.resolve({ status: 'ok', value });
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

function memory(): Promise<Finding> {
  const total = totalmem() / 1e9;
  const value = `${(freemem() / 1e9).toFixed(1)} of ${total.toFixed(1)} GB free`;
  return Promise.resolve(
    total < 3.5 ? { status: 'warn', value, next: 'the tiny profile wants 4 GB' } : { status: 'ok', value },
  );
}

async function ports(): Promise<Finding> {
  const { temporal, s3 } = findServices(servicesDirectory());
  const wanted = [...(temporal ? [] : [7233]), ...(s3 ? [] : [7070])];
  const busy: number[] = [];
  for (const port of wanted) if (!(await isPortFree(port))) busy.push(port);
  if (busy.length === 0)
    return { status: 'ok', value: wanted.length > 0 ? `${wanted.join(', ')} are free` : 'in use by our own services' };
  return {
    status: 'warn',
    value: `${busy.join(', ')} busy`,
    next: 'none needed: mortar up takes free ones and says which',
  };
}
