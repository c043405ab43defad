import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { canonicalJson } from '../recipe/canonical.js';
import type { Blob, Manifest } from '../schemas/records.js';
import { nameOf, type BlobStore } from './blobs.js';
import { hexOf } from './digest.js';
import { InfrastructureError } from '../recipe/errors.js';
import { jsonLines } from './json-lines.js';
import type { Listing } from './listing.js';
import { appearWhole } from './local-cache.js';

/** Records are cut into parts of about this many bytes. Where they are cut depends on the records only, so equal records share parts. */
const PART_SIZE = 4 * 1024 * 1024;

/** Manifests of small artifacts whose needs stay in memory: a digest always needs the same. */
const MOST_REMEMBERED = 20_000;
const MOST_BLOBS = 16;

/** Artifacts: what a manifest's digest names. */
export class ArtifactStore {
  readonly #needs = new Map<string, readonly Blob[]>();

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

  /**
   * True where the manifest and all it names are there in full.
   * @param blobs what was listed just before, so that it need not be asked for one by one
   */
  async complete(digest: string, blobs?: Listing): Promise<boolean> {
    let needed: readonly Blob[];
    try {
      needed = await this.#needed(digest);
    } catch (error) {
      if (error instanceof InfrastructureError && error.code.startsWith('blob-')) return false;
      throw error;
    }
    // The manifest may have come from this machine's cache; others need it from the store.
    const size = async (digest: string): Promise<number | undefined> => {
      const listed = blobs?.size(nameOf(digest)) ?? (blobs ? undefined : 'unknown');
      return listed === 'unknown' ? (await this.blobs.objects.head(nameOf(digest)))?.size : listed;
    };
    if ((await size(digest)) === undefined) return false;
    for (let start = 0; start < needed.length; start += 32) {
      const there = await Promise.all(
        needed.slice(start, start + 32).map(async (blob) => (await size(blob.digest)) === blob.size),
      );
      if (there.includes(false)) return false;
    }
    return true;
  }

  async #needed(digest: string): Promise<readonly Blob[]> {
    const known = this.#needs.get(digest);
    if (known) return known;
    const needed = blobsOf(JSON.parse((await this.blobs.glance(digest)).toString('utf8')) as Manifest);
    if (needed.length > MOST_BLOBS) return needed;
    if (this.#needs.size >= MOST_REMEMBERED) this.#needs.clear();
    this.#needs.set(digest, needed);
    return needed;
  }

  async #write(manifest: Manifest): Promise<string> {
    return (await this.blobs.put(canonicalJson(manifest))).digest;
  }
}

/** All that a manifest names. */
export function blobsOf({ parts, files, attachments }: Manifest): Blob[] {
  return [...parts.map(({ blob }) => blob), ...files.map(({ blob }) => blob), ...attachments];
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
export function collectBlobs(value: unknown, found: Map<string, Blob>): void {
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
