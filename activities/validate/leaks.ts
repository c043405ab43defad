import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobId, type GitFiles } from './git-objects.js';

/** Where the answer to an instance could be read besides the tree to mend. */
export interface Leak {
  readonly kind: 'history' | 'copy' | 'compiled' | 'installed';
  readonly path: string;
}

/** Blob ids of the installed packages' sources, with one path each. */
export async function installedSources(environment: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (path: string): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const full = join(path, entry.name);
      if (entry.isDirectory()) await walk(full);
      else if (entry.isFile() && entry.name.endsWith('.py')) {
        found.set(blobId(await readFile(full)), full.slice(environment.length + 1));
      }
    }
  };
  await walk(join(environment, 'lib'));
  return found;
}

/** History in the tree itself; and copies of the original of a changed file: elsewhere in the tree, compiled, or installed. */
export function findLeaks(changed: readonly string[], files: GitFiles, installed: ReadonlyMap<string, string>): Leak[] {
  const leaks: Leak[] = [];
  for (const path of files.keys()) {
    if (/(^|\/)(\.git|\.hg|\.svn)(\/|$)/.test(path)) {
      leaks.push({ kind: 'history', path });
      break;
    }
  }
  for (const file of changed) {
    const original = files.get(file)?.id;
    if (original === undefined) continue;
    const module = (file.split('/').at(-1) ?? '').replace(/\.py$/, '');
    for (const [path, { id }] of files) {
      if (path !== file && id === original) leaks.push({ kind: 'copy', path });
      const name = path.split('/').at(-1) ?? '';
      if (name === `${module}.pyc` || (name.startsWith(`${module}.`) && name.endsWith('.pyc'))) {
        leaks.push({ kind: 'compiled', path });
      }
    }
    const installation = installed.get(original);
    if (installation !== undefined) leaks.push({ kind: 'installed', path: installation });
  }
  return leaks;
}

/** Where the files that a real change makes stand already: in another place of the tree, or installed. */
export function findCopies(
  mended: ReadonlyMap<string, string>,
  files: GitFiles,
  installed: ReadonlyMap<string, string>,
): Leak[] {
  const leaks: Leak[] = [];
  for (const [file, mendedId] of mended) {
    for (const [path, { id }] of files) if (path !== file && id === mendedId) leaks.push({ kind: 'copy', path });
    const installation = installed.get(mendedId);
    if (installation !== undefined) leaks.push({ kind: 'installed', path: installation });
  }
  return leaks;
}
