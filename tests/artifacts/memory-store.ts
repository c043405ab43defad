import { readFile, writeFile } from 'node:fs/promises';
import type { ListedObject, ObjectHead, ObjectStore } from '../../artifacts/store.js';

/** The port in memory: for tests of what stands on it. The adapter's own test runs against a server. */
export class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();

  async get(key: string): Promise<Buffer | undefined> {
    return this.objects.get(key);
  }

  async download(key: string, path: string): Promise<boolean> {
    const bytes = this.objects.get(key);
    if (bytes) await writeFile(path, bytes);
    return bytes !== undefined;
  }

  async put(key: string, bytes: Uint8Array | string): Promise<void> {
    this.objects.set(key, Buffer.from(bytes as Uint8Array));
  }

  async upload(key: string, path: string): Promise<void> {
    this.objects.set(key, await readFile(path));
  }

  async putIfAbsent(key: string, bytes: Uint8Array | string): Promise<boolean> {
    if (this.objects.has(key)) return false;
    await this.put(key, bytes);
    return true;
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const bytes = this.objects.get(key);
    return bytes && { size: bytes.length, modified: new Date(0) };
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix)) yield { key, size: this.objects.get(key)?.length ?? 0, modified: new Date(0) };
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
}
