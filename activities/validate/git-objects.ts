import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of a tree, as git sees it. */
interface Entry {
  readonly mode: '100644' | '100755' | '120000';
  /** Object id, hexadecimal. */
  readonly id: string;
}

/** Paths of files, relative and with slashes, to their blobs. */
export type GitFiles = Map<string, Entry>;

/** Author and date of a sealed commit: fixed, so that one tree has one commit, anywhere and at any time. */
export const SEAL = 'Mortar <mortar@localhost> 946684800 +0000';
export const SEAL_MESSAGE = 'Initial commit\n';

export function blobId(bytes: Uint8Array): string {
  return objectId('blob', bytes);
}

/** Blobs of all files below a folder; folders are not followed through links. */
export async function gitFiles(folder: string): Promise<GitFiles> {
  const files: GitFiles = new Map();
  const walk = async (path: string, prefix: string): Promise<void> => {
    for (const name of (await readdir(path)).sort()) {
      const full = join(path, name);
      const status = await lstat(full);
      if (status.isDirectory()) await walk(full, `${prefix}${name}/`);
      else if (status.isSymbolicLink()) {
        files.set(prefix + name, { mode: '120000', id: blobId(Buffer.from(await readlink(full))) });
      } else if (status.isFile()) {
        // Git knows one permission: whether the owner may execute.
        const mode = (status.mode & 0o100) !== 0 ? '100755' : '100644';
        files.set(prefix + name, { mode, id: blobId(await readFile(full)) });
      }
    }
  };
  await walk(folder, '');
  return files;
}

/** Id of the one commit, without a parent, that holds these files; and how many objects its history has. */
export function sealedCommit(files: GitFiles): { commit: string; tree: string; objects: number } {
  const objects = new Set<string>();
  const tree = treeId(
    [...files.entries()].map(([path, entry]) => ({ path, entry })),
    objects,
  );
  const text = `tree ${tree}\nauthor ${SEAL}\ncommitter ${SEAL}\n\n${SEAL_MESSAGE}`;
  return { commit: objectId('commit', Buffer.from(text)), tree, objects: objects.size + 1 };
}

function treeId(files: readonly { path: string; entry: Entry }[], objects: Set<string>): string {
  const folders = new Map<string, { path: string; entry: Entry }[]>();
  const rows: { sort: Buffer; row: Buffer }[] = [];
  const add = (name: string, mode: string, id: string): void => {
    const row = Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
    // Git sorts a folder as if its name ended in a slash.
    rows.push({ sort: Buffer.from(mode === '40000' ? `${name}/` : name), row });
    objects.add(id);
  };
  for (const { path, entry } of files) {
    const slash = path.indexOf('/');
    if (slash === -1) {
      add(path, entry.mode, entry.id);
      continue;
    }
    const name = path.slice(0, slash);
    const inside = folders.get(name) ?? [];
    inside.push({ path: path.slice(slash + 1), entry });
    folders.set(name, inside);
  }
  for (const [name, inside] of folders) add(name, '40000', treeId(inside, objects));
  rows.sort((a, b) => Buffer.compare(a.sort, b.sort));
  const id = objectId('tree', Buffer.concat(rows.map(({ row }) => row)));
  objects.add(id);
  return id;
}

function objectId(type: string, bytes: Uint8Array): string {
  return createHash('sha1').update(`${type} ${bytes.byteLength}\0`).update(bytes).digest('hex');
}
