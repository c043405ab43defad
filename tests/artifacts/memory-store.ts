import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ListedObject, ObjectHead, ObjectStore, TaggedObject } from '../../artifacts/store.js';

/** The port in memory: for tests of what stands on it. The adapter's own test runs against a server. */
export class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();
  readonly modified = new Map<string, number>();

  constructor(readonly now: () => number = () => Date.now()) {}

  async get(key: string): Promise<Buffer | undefined> {
    return this.objects.get(key);
  }

  async open(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const bytes = await this.get(key);
    return bytes && Readable.from([bytes]);
  }

  async download(key: string, path: string): Promise<boolean> {
    const bytes = this.objects.get(key);
    if (bytes) await writeFile(path, bytes);
    return bytes !== undefined;
  }

  async put(key: string, bytes: Uint8Array | string): Promise<void> {
    this.objects.set(key, Buffer.from(bytes as Uint8Array));
    this.modified.set(key, this.now());
  }

  async upload(key: string, path: string): Promise<void> {
    await this.put(key, await readFile(path));
  }

  async putIfAbsent(key: string, bytes: Uint8Array | string): Promise<boolean> {
    if (this.objects.has(key)) return false;
    this.objects.set(key, Buffer.from(bytes as Uint8Array));
    this.modified.set(key, this.now());
    return true;
  }

  async getTagged(key: string): Promise<TaggedObject | undefined> {
    const bytes = this.objects.get(key);
    return bytes && { bytes, tag: tagOf(bytes), modified: new Date(this.modified.get(key) ?? this.now()) };
  }

  async putIfMatch(key: string, bytes: Uint8Array | string, tag: string): Promise<boolean> {
    const present = this.objects.get(key);
    if (!present || tagOf(present) !== tag) return false;
    this.objects.set(key, Buffer.from(bytes as Uint8Array));
    this.modified.set(key, this.now());
    return true;
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const bytes = this.objects.get(key);
    return bytes && { size: bytes.length, modified: new Date(this.modified.get(key) ?? this.now()) };
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix)) {
        const head = await this.head(key);
        if (head) yield { key, ...head };
      }
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    const names = new Set<string>();
    for await (const { key } of this.list(prefix)) {
      const rest = key.slice(prefix.length);
      if (rest.includes('/')) names.add(rest.slice(0, rest.indexOf('/')));
    }
    yield* names;
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  async deleteAll(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.objects.delete(key);
  }
}

/** As S3 has it: the same bytes have the same tag. */
function tagOf(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
