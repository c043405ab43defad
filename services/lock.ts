import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../recipe/errors.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** Undefined where the text names no process. */
export function parseLockOwner(text: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\S*)\s*$/.exec(text);
  return match ? { pid: Number(match[1]), startTime: match[2] ?? '' } : undefined;
}

/**
 * Runs `work` while no other Mortar process holds the same lock file. A lock whose owner is dead is taken over.
 * @throws UserError `locked` after `timeoutMilliseconds`
 */
export async function withLock<T>(path: string, timeoutMilliseconds: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + timeoutMilliseconds;
  while (!tryLock(path)) {
    if (Date.now() > deadline) {
      throw new UserError(
        'locked',
        `Another Mortar process (pid ${ownerOf(path)?.pid ?? 'unknown'}) has held ${path} for ` +
          `${Math.round(timeoutMilliseconds / 1000)} s. Wait for it, or end it, then run this again.`,
      );
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  const self = identify(process.pid);
  // Written aside and linked: a lock is never seen without its owner.
  const draft = `${path}.new-${process.pid}`;
  writeFileSync(draft, `${self.pid} ${self.startTime}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const owner = ownerOf(path);
  if (owner && !isAlive(owner)) {
    // A rename has one winner, so two that see the same dead owner cannot both remove a lock.
    const aside = `${path}.stale-${process.pid}`;
    try {
      renameSync(path, aside);
      const moved = parseLockOwner(readFileSync(aside, 'utf8'));
      if (moved && isAlive(moved)) renameSync(aside, path);
      else rmSync(aside, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return false;
}

function ownerOf(path: string): ProcessIdentity | undefined {
  try {
    return parseLockOwner(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
