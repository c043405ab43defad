import type { Store } from '../artifacts/open.js';
import { messageOf } from '../recipe/errors.js';
import type { Manifest } from '../schemas/records.js';

export interface Verification {
  readonly blobs: number;
  readonly bytes: number;
  readonly problems: readonly string[];
}

/** Reads a manifest and all it names from the store itself, past the local cache. */
export async function verifyArtifact(store: Store, digest: string): Promise<Verification> {
  const problems: string[] = [];
  let blobs = 0;
  let bytes = 0;
  const read = async (wanted: string): Promise<Buffer | undefined> => {
    try {
      // Checks the bytes against the digest.
      const found = await store.blobs.bytes(wanted);
      blobs += 1;
      bytes += found.length;
      return found;
    } catch (error) {
      problems.push(messageOf(error));
      return undefined;
    }
  };
  const text = await read(digest);
  if (text) {
    const { parts, files, attachments } = JSON.parse(text.toString('utf8')) as Manifest;
    const named = [...parts.map(({ blob }) => blob), ...files.map(({ blob }) => blob), ...attachments];
    for (const wanted of new Set(named.map((blob) => blob.digest))) await read(wanted);
  }
  return { blobs, bytes, problems };
}
