import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder that is named by its content, once: filled aside and moved into place, so that a killed worker leaves no
 * half of one, and two workers at once do no harm.
 */
export async function folderOnce(path: string, fill: (aside: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    await mkdir(aside);
    await fill(aside);
    await rename(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return path;
}
