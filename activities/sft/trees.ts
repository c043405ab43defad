import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Checkout } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';

const execute = promisify(execFile);

/** Source folders of a checkout, unpacked into the worker's cache; done once a digest. */
export async function sourceFolders(checkout: Checkout, context: ActivityContext): Promise<string[]> {
  const tree = join(context.cache, 'trees', checkout.archive.digest.replace('sha256:', ''));
  if (!(await exists(tree))) {
    const partial = `${tree}.${process.pid}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const archive = await context.blobs.file(checkout.archive);
    await execute('tar', ['-xf', archive, '-C', partial], { signal: context.signal, timeout: 300_000 });
    // Another item may have been faster; its tree is the same.
    await rename(partial, tree).catch(() => rm(partial, { recursive: true, force: true }));
  }
  return checkout.packages.map((path) => join(tree, path));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether a repository is one of the names: `owner/name` or the bare name, in any spelling that package indexes take for equal. */
export function isNamed(repo: string, names: readonly string[]): boolean {
  const known = new Set(names.map(normalised));
  return known.has(normalised(repo)) || known.has(normalised(repo.split('/').at(-1) ?? repo));
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
