import { existsSync } from 'node:fs';

/** The folder of Mortar's package.json, seen from dist/cli/ and from cli/. */
export const packageRoot: URL =
  ['../', '../../']
    .map((path) => new URL(path, import.meta.url))
    .find((folder) => existsSync(new URL('package.json', folder))) ?? new URL('../../', import.meta.url);
