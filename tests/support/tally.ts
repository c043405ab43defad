import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Blobs } from '../../activities/activity.js';
import type { Blob, Checkout } from '../../schemas/records.js';

/** Blobs in a folder: a real store of bytes by digest, without a server. */
export function folderBlobs(folder: string): Blobs {
  const pathOf = (blob: Blob): string => join(folder, blob.digest.replace('sha256:', ''));
  const put = async (content: Uint8Array | string): Promise<Blob> => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const blob = { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.byteLength };
    await mkdir(folder, { recursive: true });
    await writeFile(pathOf(blob), bytes);
    return blob;
  };
  return {
    put,
    putFile: async (path) => put(await readFile(path)),
    get: (blob) => readFile(pathOf(blob)),
    async file(blob) {
      await stat(pathOf(blob));
      return pathOf(blob);
    },
  };
}

/** A deterministic tar of a folder, as a blob. */
export async function archiveOf(folder: string, scratch: string, blobs: Blobs): Promise<Blob> {
  await mkdir(scratch, { recursive: true });
  const path = join(scratch, 'checkout.tar');
  await execa('tar', [
    '--create',
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--exclude=__pycache__',
    '--file',
    path,
    '--directory',
    folder,
    '.',
  ]);
  return blobs.putFile(path);
}

/** The small package of tests/fixtures/tally, as a checkout. */
export async function tallyCheckout(scratch: string, blobs: Blobs): Promise<Checkout> {
  const folder = fileURLToPath(new URL('../fixtures/tally', import.meta.url));
  return {
    repo: 'tally',
    version: '1.0.0',
    commit: '0'.repeat(40),
    licence: 'Apache-2.0',
    archive: await archiveOf(folder, scratch, blobs),
    root: '.',
    packages: ['tally'],
    tests: ['tests'],
    requirements: [],
  };
}
