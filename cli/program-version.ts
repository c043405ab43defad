import { readFileSync } from 'node:fs';
import { packageRoot } from './package-root.js';

/** Of Mortar, from its package. */
export function programVersion(): string {
  const text = readFileSync(new URL('package.json', packageRoot), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
