import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { canonicalJson } from '../recipe/canonical.js';
import type { Blob, Manifest } from '../schemas/records.js';
import type { BlobStore } from './blobs.js';
import { hexOf } from './digest.js';
import { InfrastructureError } from '../recipe/errors.js';
import { appearWhole } from './local-cache.js';

/** Records are cut into parts of about this many bytes. Where they are cut depends on the records only, so equal records share parts. */
const PART_SIZE = 4 * 1024 * 1024;

/** Artifacts: what a manifest's digest names. */
export class ArtifactStore {
  constructor(readonly blobs: BlobStore) {}

  async manifest(digest: string): Promise<Manifest> {
    return JSON.parse((await this.blobs.cached(digest)).toString('utf8')) as Manifest;
  }

  /** Writes records as an artifact and gives its digest. */
  async writeRecords(kind: string, records: Iterable<unknown> | AsyncIterable<unknown>): Promise<string> {
    const parts: Manifest['parts'] = [];
    const attachments = new Map<string, Blob>();
    let lines: string[] = [];
    let size = 0;
    let total = 0;
    const flush = async (): Promise<void> => {
      if (lines.length === 0) return;
      parts.push({ blob: await this.blobs.put(lines.join('')), records: lines.length });
      lines = [];
      size = 0;
    };
    for await (const record of records) {
      // One spelling a record: an activity that builds its objects in another order still gives the same digest.
      const line = `${canonicalJson(record)}\n`;
      collectBlobs(record, attachments);
      lines.push(line);
      size += Buffer.byteLength(line);
      total += 1;
      if (size >= PART_SIZE) await flush();
    }
    await flush();
    return this.#write({ mortar: 1, kind, records: total, parts, files: [], attachments: sortedBlobs(attachments) });
  }

  /** Writes a file tree as an artifact and gives its digest. Links are followed; empty folders vanish. */
  async writeTree(kind: string, directory: string): Promise<string> {
    const files: Manifest['files'] = [];
    for (const path of await filesOf(directory))
      files.push({ path, blob: await this.blobs.putFile(join(directory, path)) });
    return this.#write({ mortar: 1, kind, parts: [], files, attachments: [] });
  }

  async *records<T>(digest: string): AsyncIterable<T> {
    for (const part of (await this.manifest(digest)).parts) {
      yield* jsonLines<T>(await this.blobs.cached(part.blob.digest), `part ${part.blob.digest}`);
    }
  }

  /** The file tree in a folder of the local cache; complete or not there. */
  async directory(digest: string): Promise<string> {
    return appearWhole(join(this.blobs.cache, 'trees', hexOf(digest)), async (temporary) => {
      await this.pull(digest, temporary);
    });
  }

  /** Writes a file tree, or records as `records.jsonl`, into a folder. */
  async pull(digest: string, directory: string): Promise<void> {
    const manifest = await this.manifest(digest);
    await mkdir(directory, { recursive: true });
    for (const { path, blob } of manifest.files) {
      const target = resolve(directory, path);
      if (!target.startsWith(resolve(directory) + sep)) {
        throw new InfrastructureError('manifest-path', `Manifest ${digest} has a file outside its folder: ${path}`);
      }
      await mkdir(dirname(target), { recursive: true });
      await copyFile(await this.blobs.file(blob.digest), target);
    }
  }

  /** True where the manifest and all it names are there in full. */
  async complete(digest: string): Promise<boolean> {
    let manifest: Manifest;
    try {
      manifest = await this.manifest(digest);
    } catch (error) {
      if (error instanceof InfrastructureError && error.code.startsWith('blob-')) return false;
      throw error;
    }
    const needed = [...manifest.parts.map((part) => part.blob), ...manifest.files.map((file) => file.blob)];
    for (const blob of needed) if (!(await this.blobs.has(blob))) return false;
    return true;
  }

  async #write(manifest: Manifest): Promise<string> {
    return (await this.blobs.put(canonicalJson(manifest))).digest;
  }
}

/** The values of a text of JSON lines. */
export function* jsonLines<T>(bytes: Buffer | string, where: string): Iterable<T> {
  let number = 0;
  for (const line of bytes.toString('utf8').split('\n')) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      yield JSON.parse(line) as T;
    } catch (error) {
      throw new InfrastructureError(
        'not-json-lines',
        `Line ${number} of ${where} is not JSON: ${line.slice(0, 80)}`,
        {},
        { cause: error },
      );
    }
  }
}

async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(resolve(directory).length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}

/** Whatever looks like a reference to bytes in a record keeps those bytes from being collected. */
function collectBlobs(value: unknown, found: Map<string, Blob>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) collectBlobs(entry, found);
    return;
  }
  const { digest, size } = value as Partial<Blob>;
  if (typeof digest === 'string' && typeof size === 'number' && Object.keys(value).length === 2)
    found.set(digest, { digest, size });
  else for (const entry of Object.values(value)) collectBlobs(entry, found);
}

function sortedBlobs(blobs: Map<string, Blob>): Blob[] {
  return [...blobs.values()].sort((left, right) => (left.digest < right.digest ? -1 : 1));
}
