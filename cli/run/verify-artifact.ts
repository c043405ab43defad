import type { Store } from '../../artifacts/open.js';
import { messageOf } from '../../recipe/errors.js';
import type { Manifest } from '../../schemas/records.js';

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
  const verify = async (wanted: string): Promise<boolean> => {
    try {
      bytes += await store.blobs.verify(wanted);
      blobs += 1;
      return true;
    } catch (error) {
      problems.push(messageOf(error));
      return false;
    }
  };
  if (await verify(digest)) {
    const { parts, files, attachments } = JSON.parse((await store.blobs.bytes(digest)).toString('utf8')) as Manifest;
    const named = [...parts.map(({ blob }) => blob), ...files.map(({ blob }) => blob), ...attachments];
    for (const wanted of new Set(named.map((blob) => blob.digest))) await verify(wanted);
  }
  return { blobs, bytes, problems };
}
