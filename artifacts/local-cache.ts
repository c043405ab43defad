import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** `${MORTAR_CACHE}`, else `${XDG_CACHE_HOME:-~/.cache}/mortar`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['MORTAR_CACHE'] || join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mortar');
}

/**
 * Makes a file or folder appear under its final name complete or not at all: `make` fills a temporary name beside it.
 * Where two make the same one, the first stays.
 */
export async function appearWhole(path: string, make: (temporary: string) => Promise<void>): Promise<string> {
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // A folder cannot replace a folder: somebody else was first, with the same content.
    if (!(await exists(path))) throw error;
  }
  return path;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
