import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../recipe/errors.js';
import { checkoutFile } from './checkout.js';
import { withLock } from './lock.js';
import { cacheDirectory } from './paths.js';
import { findPython } from './python.js';
import type { Report } from './report.js';
import { ensureUv, errorTail } from './uv.js';

const execute = promisify(execFile);
const limits = { timeout: 40 * 60_000, maxBuffer: 64 << 20 };

const lockFile = checkoutFile('trainer/requirements.lock');

export interface TrainerEnvironment {
  /** Interpreter with the packages of trainer/requirements.lock. */
  readonly python: string;
  /** The environment's folder name: it holds a hash of the lock and the Python version. */
  readonly name: string;
}

/** The environment that this lock asks for, where it is complete; installs nothing. */
export async function findTrainer(): Promise<TrainerEnvironment | undefined> {
  const given = process.env['MORTAR_TRAINER_PYTHON'];
  if (given) {
    if (existsSync(given)) return { python: given, name: 'MORTAR_TRAINER_PYTHON' };
    throw new UserError(
      'missing-program',
      `MORTAR_TRAINER_PYTHON is ${given}, which is not there. Mend it, or unset it.`,
    );
  }
  const { folder, name } = await location();
  return existsSync(join(folder, marker)) ? { python: join(folder, 'bin', 'python'), name } : undefined;
}

/**
 * Python packages for training and serving, installed once a lock file into our cache.
 * @throws UserError `missing-program` with the installer's own words
 */
export async function ensureTrainer(report: Report): Promise<TrainerEnvironment> {
  const found = await findTrainer();
  if (found) return found;
  const { folder, name, python } = await location();
  return withLock(`${folder}.lock`, 45 * 60_000, async () => {
    const meanwhile = await findTrainer();
    if (meanwhile) return meanwhile;
    const uv = await ensureUv(report);
    report('Installing the training packages (torch and others: 0.3 to 3 GB to fetch, 1 to 10 min, once) ...');
    const started = Date.now();
    // Half an environment is never taken for a whole one: the marker is written last.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, '..'), { recursive: true });
    try {
      await execute(uv.path, ['venv', '--quiet', '--no-project', '--python', python.path, folder], limits);
      await install(uv.path, folder, report);
    } catch (error) {
      throw new UserError(
        'missing-program',
        `The training packages could not be installed: ${errorTail(error)}. Check the network and the disk, then run this again.`,
      );
    }
    writeFileSync(join(folder, marker), `${new Date().toISOString()}\n`);
    report(`Training packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
    return { python: join(folder, 'bin', 'python'), name };
  });
}

const marker = '.complete';

async function location() {
  if (!existsSync(lockFile)) throw new Error(`${lockFile} is missing from this checkout.`);
  const python = await findPython();
  const minor = python.version.split('.').slice(0, 2).join('.');
  const hash = createHash('sha256').update(readFileSync(lockFile)).update(minor).digest('hex').slice(0, 16);
  const name = `trainer-${hash}`;
  return { folder: join(cacheDirectory(), 'python', name), name, python };
}

/** The CPU build of torch is a tenth of the size; where its index cannot be reached, the locked build serves as well. */
async function install(uv: string, folder: string, report: Report): Promise<void> {
  const python = ['--python', join(folder, 'bin', 'python')];
  const lock = readFileSync(lockFile, 'utf8');
  const torch = /^torch==([\w.]+)/m.exec(lock)?.[1];
  if (torch && !hasGpu() && (await cpuIndexAnswers())) {
    try {
      const rest = join(folder, 'requirements-without-torch.txt');
      writeFileSync(rest, withoutTorch(lock));
      await execute(uv, ['pip', 'install', '--quiet', ...python, `torch==${torch}`, '--torch-backend', 'cpu'], limits);
      await execute(uv, ['pip', 'install', '--quiet', ...python, '--no-deps', '--require-hashes', '-r', rest], limits);
      return;
    } catch (error) {
      report(`No CPU build of torch ${torch} (${errorTail(error)}); taking the locked build.`);
    }
  }
  await execute(uv, ['pip', 'install', '--quiet', ...python, '--require-hashes', '-r', lockFile], limits);
}

function hasGpu(): boolean {
  return existsSync('/dev/nvidiactl');
}

async function cpuIndexAnswers(): Promise<boolean> {
  try {
    const response = await fetch('https://download.pytorch.org/whl/cpu/torch/', {
      method: 'HEAD',
      signal: AbortSignal.timeout(3000),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** A lock without torch and what only its GPU build needs; every requirement spans the lines up to the next unindented one. */
export function withoutTorch(lock: string): string {
  const kept: string[] = [];
  let dropping = false;
  for (const line of lock.split('\n')) {
    if (/^\S/.test(line)) dropping = /^(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)(\[[\w,-]+\])?==/.test(line);
    if (!dropping) kept.push(line);
  }
  return kept.join('\n');
}
