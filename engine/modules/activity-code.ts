import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Activity } from '../../activities/activity.js';
import { hexOf, sha256OfFile } from '../../artifacts/digest.js';
import { appearWhole } from '../../artifacts/local-cache.js';
import type { Store } from '../../artifacts/open.js';
import { isInfrastructureError, messageOf, UserError } from '../../recipe/errors.js';
import { exportedActivities } from './exported-activities.js';

/** Gives the activities of a module by the digest of its bundled code. */
export type LoadCode = (digest: string) => Promise<readonly Activity[]>;

/**
 * The file with bundled code, in the cache folder under its digest.
 * @param bytes fetches the code where the cache has none
 */
export async function codeFile(cache: string, digest: string, bytes: () => Promise<Uint8Array>): Promise<string> {
  const path = join(cache, 'activity-code', `${hexOf(digest)}.mjs`);
  const appear = (): Promise<string> =>
    appearWhole(path, async (temporary) => writeFile(temporary, await bytes(), { mode: 0o444 }));
  await appear();
  // A machine that lost power may have kept a shorter file.
  if ((await sha256OfFile(path)) !== digest) {
    await rm(path, { force: true });
    await appear();
  }
  return path;
}

/** Code that a plan names, from the store; each digest is loaded once a process. */
export function codeFromStore({ cache, blobs }: Pick<Store, 'cache' | 'blobs'>): LoadCode {
  const loaded = new Map<string, Promise<readonly Activity[]>>();
  const load = async (digest: string): Promise<readonly Activity[]> => {
    try {
      const path = await codeFile(cache, digest, () => blobs.bytes(digest));
      return exportedActivities(await import(pathToFileURL(path).href));
    } catch (error) {
      throw explained(digest, error);
    }
  };
  return (digest) => {
    const known = loaded.get(digest);
    if (known) return known;
    const loading = load(digest);
    loaded.set(digest, loading);
    // The store may answer the next time.
    loading.catch(() => loaded.delete(digest));
    return loading;
  };
}

/** What is lost or does not load here is not mended by trying again. */
function explained(digest: string, error: unknown): unknown {
  if (isInfrastructureError(error))
    return error.code === 'blob-missing'
      ? new UserError(
          'activity-code-missing',
          `The code ${digest} of an activity is not in the store any more. Run the recipe again: that stores it anew.`,
        )
      : error;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && ['ENOSPC', 'EACCES', 'EROFS', 'EIO'].includes(code)) return error;
  return new UserError(
    'activity-code-broken',
    `The code ${digest} of an activity does not load on this worker: ${messageOf(error)}. ` +
      'What it needs of the machine (a version of Node, a program, a variable) is missing here, or it fails when it is loaded.',
  );
}
