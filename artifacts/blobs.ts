import { createHash } from 'node:crypto';
import { chmod, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../recipe/canonical.js';
import type { Blob } from '../schemas/records.js';
import { hexOf, sha256OfFile } from './digest.js';
import { InfrastructureError } from '../recipe/errors.js';
import { systemClock, type Clock } from './clock.js';
import { appearWhole } from './local-cache.js';
import type { ObjectStore } from './store.js';
import { Sweeps } from './sweeps.js';

/** Whoever relies on a blob writes it again when it is older than this: half the grace after which one that nobody uses may go. */
export const RENEW_AFTER = 3.5 * 24 * 3_600_000;
/** Up to this many bytes are simply sent; above it the store is first asked whether they are there. */
const SMALL = 64 * 1024;

/** Bytes under the name of their digest: `blobs/<hex>`. */
export class BlobStore {
  constructor(
    readonly objects: ObjectStore,
    /** The worker's cache folder; fetched blobs stay in its `blobs/`. */
    readonly cache: string,
    private readonly sweeps = new Sweeps(objects),
    private readonly clock: Clock = systemClock,
  ) {}

  async put(bytes: Uint8Array | string): Promise<Blob> {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
    const blob = { digest: sha256(buffer), size: buffer.byteLength };
    const name = nameOf(blob.digest);
    if (blob.size <= SMALL && (await this.objects.putIfAbsent(name, buffer))) return blob;
    await this.#keep(blob, () => this.objects.put(name, buffer));
    return blob;
  }

  async putFile(path: string): Promise<Blob> {
    const [digest, { size }] = await Promise.all([sha256OfFile(path), stat(path)]);
    const blob = { digest, size };
    await this.#keep(blob, () => this.objects.upload(nameOf(digest), path));
    return blob;
  }

  /** True where the object is there in full: a store that lost power may keep a shorter one. */
  async has(blob: Blob): Promise<boolean> {
    return (await this.objects.head(nameOf(blob.digest)))?.size === blob.size;
  }

  /** Reads all bytes of a blob and compares them with its digest, whatever its size. Gives the size. */
  async verify(digest: string): Promise<number> {
    const bytes = await this.objects.open(nameOf(digest));
    if (!bytes) throw missing(digest);
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of bytes) {
      hash.update(chunk);
      size += chunk.byteLength;
    }
    if (`sha256:${hash.digest('hex')}` !== digest) throw damaged(digest);
    return size;
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

  /** Bytes from the local copy, where there is one: for what is small and read once. */
  async glance(digest: string): Promise<Buffer> {
    const hex = hexOf(digest);
    return readFile(join(this.cache, 'blobs', hex.slice(0, 2), hex)).catch(() => this.bytes(digest));
  }

  /** Identical bytes are stored once, and again when they may be on the point of being collected. */
  async #keep({ digest, size }: Blob, write: () => Promise<void>): Promise<void> {
    const name = nameOf(digest);
    let since: string;
    do {
      since = await this.sweeps.last();
      const head = await this.objects.head(name);
      if (head?.size !== size || this.clock.now() - head.modified.getTime() > RENEW_AFTER) await write();
    } while (await this.sweeps.passed([name], since));
  }
}

export function nameOf(digest: string): string {
  return `blobs/${hexOf(digest)}`;
}

function missing(digest: string): InfrastructureError {
  return new InfrastructureError(
    'blob-missing',
    `Blob ${digest} is not in the artifact store. The stage that made it runs again with \`mortar retry RUN STAGE\`, or, when its run has ended, with \`mortar run RECIPE --fresh STAGE\`.`,
  );
}

function damaged(digest: string): InfrastructureError {
  return new InfrastructureError(
    'blob-damaged',
    `Blob ${digest} in the artifact store has other bytes than its digest says. Delete it and retry.`,
  );
}
