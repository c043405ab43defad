import { statfsSync } from 'node:fs';
import { UserError } from '../recipe/errors.js';

/** Bytes that this user may still write on the file system of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Databases and logs that cannot grow end services in ways that do not name the cause: so it is named here, before. */
const least = 100e6;

/** @throws UserError `disk-full` where a folder's file system has next to nothing left */
export function requireDiskSpace(folder: string): void {
  const free = freeBytes(folder);
  if (free >= least) return;
  throw new UserError(
    'disk-full',
    `The disk of ${folder} is full (${Math.floor(free / 1e6)} MB free, ${least / 1e6} MB needed). ` +
      'Free some space, or set MORTAR_HOME and MORTAR_CACHE to folders on a larger disk. Work that is done is kept.',
  );
}
