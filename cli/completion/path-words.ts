import { closeSync, openSync, readdirSync, readSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from './candidate.js';

/** Bytes of a YAML file that are looked at: a recipe says so in its first lines. */
const HEAD = 4096;

type Wanted = 'recipes' | 'folders' | 'files';

/** Paths that begin with what was typed: folders, and the files that are wanted. */
export function pathWords(typed: string, wanted: Wanted): Candidate[] {
  const at = typed.lastIndexOf('/') + 1;
  const folder = typed.slice(0, at);
  return entriesOf(folder === '' ? '.' : folder).flatMap((entry) => {
    const hidden = entry.name.startsWith('.') && !typed.slice(at).startsWith('.');
    if (hidden || entry.name === 'node_modules') return [];
    const value = `${folder}${entry.name}`;
    if (entry.isDirectory()) return [{ value: `${value}/` }];
    if (wanted === 'folders' || (wanted === 'recipes' && !isRecipe(join(folder, entry.name)))) return [];
    return [{ value }];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch {
    return [];
  }
}

function isRecipe(path: string): boolean {
  if (!/\.ya?ml$/.test(path)) return false;
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD);
      return /^\uFEFF?mortar\s*:/m.test(head.toString('utf8', 0, readSync(file, head)));
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
