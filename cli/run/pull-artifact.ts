import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Store } from '../../artifacts/open.js';

/** A file tree as files, records as `records.jsonl`. */
export async function pullArtifact(store: Store, digest: string, folder: string): Promise<void> {
  const { records } = await store.artifacts.manifest(digest);
  if (records === undefined) {
    await store.artifacts.pull(digest, folder);
    return;
  }
  mkdirSync(folder, { recursive: true });
  const lines = async function* (): AsyncIterable<string> {
    for await (const record of store.artifacts.records(digest)) yield `${JSON.stringify(record)}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'records.jsonl')));
}
