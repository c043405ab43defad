import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../recipe/errors.js';
import { withLock } from './lock.js';
import { cacheDirectory } from './paths.js';
import type { Report } from './report.js';

const execute = promisify(execFile);
/** What is installed where no uv is found. */
export const uvPin = '0.13.9';

export interface Uv {
  readonly path: string;
  readonly version: string;
}

/** Looks without installing: MORTAR_UV, PATH, our cache. */
export async function findUv(): Promise<Uv | undefined> {
  const named = process.env['MORTAR_UV'];
  if (named) {
    const version = await uvVersion(named);
    if (version) return { path: named, version };
    throw new UserError(
      'missing-program',
      `MORTAR_UV is ${named}, which does not answer --version. Point it at uv, or unset it.`,
    );
  }
  for (const path of ['uv', cachedUv()]) {
    const version = await uvVersion(path);
    if (version) return { path, version };
  }
  return undefined;
}

/**
 * Finds uv, or installs a pinned one into our cache with the Python at hand.
 * @throws UserError `missing-program` where neither works
 */
export async function ensureUv(report: Report): Promise<Uv> {
  const found = await findUv();
  if (found) return found;
  return withLock(join(cacheDirectory(), 'uv.lock'), 10 * 60_000, async () => {
    const meanwhile = await findUv();
    if (meanwhile) return meanwhile;
    report(`Installing uv ${uvPin} (20 MB, once) ...`);
    const folder = uvFolder();
    const failures: string[] = [];
    // Some Pythons come without pip and some without venv.
    const ways: (() => Promise<unknown>)[] = [
      () => execute('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, `uv==${uvPin}`], limits),
      async () => {
        await execute('python3', ['-m', 'venv', '--clear', folder], limits);
        await execute(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `uv==${uvPin}`], limits);
      },
    ];
    for (const install of ways) {
      rmSync(folder, { recursive: true, force: true });
      try {
        await install();
        const version = await uvVersion(cachedUv());
        if (version) return { path: cachedUv(), version };
      } catch (error) {
        failures.push(errorTail(error));
      }
    }
    throw new UserError(
      'missing-program',
      `uv is not on PATH and could not be installed with python3: ${failures.at(-1) ?? 'unknown reason'}. Install uv or set MORTAR_UV to it.`,
    );
  });
}

const limits = { timeout: 5 * 60_000, maxBuffer: 16 << 20 };

function uvFolder(): string {
  return join(cacheDirectory(), `uv-${uvPin}`);
}

function cachedUv(): string {
  return join(uvFolder(), 'bin', 'uv');
}

async function uvVersion(path: string): Promise<string | undefined> {
  if (path.includes('/') && !existsSync(path)) return undefined;
  try {
    const { stdout } = await execute(path, ['--version'], { timeout: 20_000 });
    return /^uv (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** The end of what a failed program said, in one line. */
export function errorTail(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').slice(-5).join(' | ');
}
