import { chmod, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../recipe/canonical.js';
import type { Blob } from '../schemas/records.js';
import { hexOf, sha256OfFile } from './digest.js';
import { InfrastructureError } from '../recipe/errors.js';
import { appearWhole } from './local-cache.js';
import type { ObjectStore } from './store.js';

/** Bytes under the name of their digest: `blobs/<hex>`. */
export class BlobStore {
  constructor(
    readonly objects: ObjectStore,
    /** The worker's cache folder; fetched blobs stay in its `blobs/`. */
    readonly cache: string,
  ) {}

  async put(bytes: Uint8Array | string): Promise<Blob> {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
    const blob = { digest: sha256(buffer), size: buffer.byteLength };
    if (!(await this.has(blob))) await this.objects.put(nameOf(blob.digest), buffer);
    return blob;
  }

  async putFile(path: string): Promise<Blob> {
    const [digest, { size }] = await Promise.all([sha256OfFile(path), stat(path)]);
    const blob = { digest, size };
    if (!(await this.has(blob))) await this.objects.upload(nameOf(digest), path);
    return blob;
  }

  /** True where the object is there in full: a store that lost power may keep a shorter one. */
  async has(blob: Blob): Promise<boolean> {
    return (await this.objects.head(nameOf(blob.digest)))?.size === blob.size;
  }

  /** Bytes by digest, checked. @throws InfrastructureError where they are missing or damaged. */
  async bytes(digest: string): Promise<Buffer> {
    const bytes = await this.objects.get(nameOf(digest));
    if (!bytes) throw missing(digest);
    if (sha256(bytes) !== digest) throw damaged(digest);
    return bytes;
  }

  async get(blob: Blob): Promise<Buffer> {
    return this.bytes(blob.digest);
  }

  /** Path of a read-only local copy; fetched once, checked, and then kept. */
  async file(digest: string): Promise<string> {
    const hex = hexOf(digest);
    return appearWhole(join(this.cache, 'blobs', hex.slice(0, 2), hex), async (temporary) => {
      if (!(await this.objects.download(nameOf(digest), temporary))) throw missing(digest);
      if ((await sha256OfFile(temporary)) !== digest) {
        await rm(temporary, { force: true });
        throw damaged(digest);
      }
      await chmod(temporary, 0o444);
    });
  }

  /** Bytes through the local copy: for what is read more than once on a worker. */
  async cached(digest: string): Promise<Buffer> {
    return readFile(await this.file(digest));
  }
}

function nameOf(digest: string): string {
  return `blobs/${hexOf(digest)}`;
}

function missing(digest: string): InfrastructureError {
  return new InfrastructureError(
    'blob-missing',
    `Blob ${digest} is not in the artifact store. A stage that made it runs again with \`mortar retry RUN STAGE\`.`,
  );
}

function damaged(digest: string): InfrastructureError {
  return new InfrastructureError(
    'blob-damaged',
    `Blob ${digest} in the artifact store has other bytes than its digest says. Delete it and retry.`,
  );
}
