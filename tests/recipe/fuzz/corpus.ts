import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { activities } from '../../../activities/registry.js';
import { type CheckRequest, sha256 } from '../../../recipe/index.js';
import { declarations } from '../declarations.js';

/** A recipe as it stands in the repository, and what is needed to check it. */
export interface Base {
  readonly name: string;
  readonly text: string;
  readonly request: Omit<CheckRequest, 'text'>;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** All recipes that are shipped, and those of the golden tests, broken ones included. */
export function corpus(): Base[] {
  return [
    ...yamlFiles('recipes').map((file) => base(file, read(file) ?? '', activities)),
    ...yamlFiles('tests/golden').map((file) => {
      const text = read(file) ?? '';
      const at = text.indexOf('# expected:\n');
      return base(file, at === -1 ? text : text.slice(0, at), declarations);
    }),
  ];
}

function base(file: string, text: string, declared: CheckRequest['activities']): Base {
  const digest = (path: string): string | null => {
    const content = read(path);
    return content === null ? null : sha256(content);
  };
  return { name: file, text, request: { file, readText: read, readFileDigest: digest, activities: declared } };
}

const known = new Map<string, string | null>();

function read(path: string): string | null {
  const before = known.get(path);
  if (before !== undefined) return before;
  const full = join(root, path);
  // A mutated path may lead anywhere, or be no path at all.
  const inside = full.startsWith(`${root}/`) && !path.includes('\0') && path.length < 200;
  const content =
    inside && statSync(full, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(full, 'utf8') : null;
  known.set(path, content);
  return content;
}

function yamlFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => `${folder}/${file}`);
}
