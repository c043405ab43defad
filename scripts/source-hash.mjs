// A hash over everything that decides what `dist/` holds, so that a build that would change nothing is skipped.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The folders and files that TypeScript is told to read; the same list as `include` in tsconfig.json. */
function sources(root) {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const found = new Set(['tsconfig.json', 'package-lock.json', 'scripts/bundle.mjs']);
  for (const entry of include) {
    const path = entry.replace(/\/\*\.ts$/, '');
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    if (status?.isFile()) found.add(path);
    if (status?.isDirectory()) collect(root, path, !entry.endsWith('/*.ts'), found);
  }
  return [...found].sort();
}

function collect(root, folder, deep, found) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile() && /\.(ts|json)$/.test(entry.name)) found.add(path);
    if (entry.isDirectory() && deep && entry.name !== 'node_modules') collect(root, path, deep, found);
  }
}

/** @returns {string} sha256 in hexadecimal */
export function sourceHash(root) {
  const hash = createHash('sha256');
  for (const path of sources(root)) {
    hash.update(`${path}\0`);
    hash.update(readFileSync(join(root, path)));
    hash.update('\0');
  }
  return hash.digest('hex');
}
