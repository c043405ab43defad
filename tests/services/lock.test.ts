import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseLockOwner, withLock } from '../../services/lock.js';
import { identify } from '../../services/process-identity.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a lock names its owner, and text that does not is no owner', () => {
  expect(parseLockOwner('123 4567\n')).toEqual({ pid: 123, startTime: '4567' });
  expect(parseLockOwner('123 \n')).toEqual({ pid: 123, startTime: '' });
  expect(parseLockOwner('')).toBeUndefined();
  expect(parseLockOwner('pid 1')).toBeUndefined();
});

test('work under one lock never overlaps, and the lock is gone afterwards', async () => {
  const path = join(folder, 'lock');
  let inside = 0;
  let most = 0;
  const work = () =>
    withLock(path, 10_000, async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    });
  await Promise.all([work(), work(), work()]);
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test('the lock of a dead process is taken over', async () => {
  const path = join(folder, 'lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(path, `${pid} 1\n`);
  await withLock(path, 2000, () => {
    expect(parseLockOwner(readFileSync(path, 'utf8'))?.pid).toBe(process.pid);
    return Promise.resolve();
  });
});

test('a pid that the system gave to another process does not keep a lock', async () => {
  const path = join(folder, 'lock');
  writeFileSync(path, `${process.pid} 1\n`);
  await expect(withLock(path, 2000, () => Promise.resolve('done'))).resolves.toBe('done');
});

test('a lock that is held says by whom', async () => {
  const path = join(folder, 'lock');
  const self = identify(process.pid);
  writeFileSync(path, `${self.pid} ${self.startTime}\n`);
  await expect(withLock(path, 150, () => Promise.resolve())).rejects.toThrow(`pid ${process.pid}`);
});

test('a failure inside gives the lock back', async () => {
  const path = join(folder, 'lock');
  await expect(withLock(path, 1000, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  expect(existsSync(path)).toBe(false);
});
