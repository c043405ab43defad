import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Redactor } from './redactor.js';

/** The file itself where there is nothing to hide; else a copy of it without secrets, in the spare place. */
export async function redactedFile(path: string, spare: string, redactor: Redactor): Promise<string> {
  if (redactor.idle) return path;
  await mkdir(dirname(spare), { recursive: true });
  // A character a byte, so that whatever is no text stays as it is.
  const pieces = createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 });
  await pipeline(Readable.from(redactor.pieces(pieces)), createWriteStream(spare, { encoding: 'latin1' }));
  return spare;
}

/** The same for a folder. */
export async function redactedTree(directory: string, spare: string, redactor: Redactor): Promise<string> {
  if (redactor.idle) return directory;
  await rm(spare, { recursive: true, force: true });
  await mkdir(spare, { recursive: true });
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    if ((await stat(path)).isFile()) await redactedFile(path, join(spare, redactor.text(name)), redactor);
  }
  return spare;
}
