import { nameOf } from '../../artifacts/blobs.js';
import { hexOf } from '../../artifacts/digest.js';
import type { Store } from '../../artifacts/open.js';
import { InfrastructureError } from '../../recipe/errors.js';
import type { Blob } from '../../schemas/records.js';
import type { CrateFolder } from './folder.js';
import { oneOrMany, pathId, type Graph, type Reference } from './graph.js';

/** Puts artifacts into a crate, each once, whoever made or reads it. */
export class CrateArtifacts {
  readonly #known = new Map<string, Promise<Reference>>();
  /** Bytes that were left out for their size. */
  left = { files: 0, bytes: 0 };

  constructor(
    private readonly store: Store,
    private readonly folder: CrateFolder,
    private readonly graph: Graph,
    /** Larger files are described, and left out. */
    private readonly largest: number,
  ) {}

  add(artifact: { readonly digest: string; readonly kind: string }, path: string, name: string): Promise<Reference> {
    const known = this.#known.get(artifact.digest);
    if (known) return known;
    const written = this.#write(artifact, path, name);
    this.#known.set(artifact.digest, written);
    return written;
  }

  async find(digest: string): Promise<Reference | undefined> {
    return this.#known.get(digest);
  }

  async #write(
    { digest, kind }: { readonly digest: string; readonly kind: string },
    path: string,
    name: string,
  ): Promise<Reference> {
    const { parts, files, attachments, records } = await this.store.artifacts.manifest(digest);
    const hasPart: Reference[] = [];
    if (records !== undefined) {
      const blobs = parts.map(({ blob }) => blob);
      hasPart.push(await this.#file(`${path}/records.jsonl`, blobs, { description: `${records} records, one a line` }));
    }
    for (const file of files) hasPart.push(await this.#file(`${path}/${file.path}`, [file.blob]));
    // What records point at by digest; several artifacts may point at the same.
    for (const blob of attachments) {
      const place = `blobs/${hexOf(blob.digest)}`;
      hasPart.push(this.graph.has(pathId(place)) ? { '@id': pathId(place) } : await this.#file(place, [blob]));
    }
    return this.graph.add({
      '@id': `${pathId(path)}/`,
      '@type': 'Dataset',
      name,
      description: `Artifact of kind ${kind}${records === undefined ? `, ${files.length} files` : `, ${records} records`}`,
      identifier: digest,
      hasPart: oneOrMany(hasPart),
    });
  }

  async #file(path: string, blobs: readonly Blob[], more: { description?: string } = {}): Promise<Reference> {
    const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
    if (size <= this.largest) return this.folder.write(path, this.#bytes(blobs), more);
    this.left = { files: this.left.files + 1, bytes: this.left.bytes + size };
    const [only, ...others] = blobs;
    const whole = others.length === 0 ? only : undefined;
    return this.graph.add({
      // A name of content, not of a place: it is not in the crate.
      '@id': namedInformation(blobs),
      '@type': 'File',
      name: path,
      description: `${more.description ? `${more.description}. ` : ''}Left out for its size.`,
      contentSize: String(size),
      ...(whole ? { sha256: hexOf(whole.digest) } : {}),
    });
  }

  async *#bytes(blobs: readonly Blob[]): AsyncIterable<Uint8Array> {
    for (const { digest } of blobs) {
      const bytes = await this.store.objects.open(nameOf(digest));
      if (!bytes)
        throw new InfrastructureError(
          'blob-missing',
          `Blob ${digest} is not in the store. The run can make it again: mortar run, which takes all else from the cache.`,
        );
      yield* bytes;
    }
  }
}

/** RFC 6920: `ni:///sha-256;` and the digest. Of several blobs, that of the first names where it begins. */
function namedInformation([first]: readonly Blob[]): string {
  return `ni:///sha-256;${Buffer.from(hexOf(first?.digest ?? ''), 'hex').toString('base64url')}`;
}
