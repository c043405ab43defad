import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the checkout, upwards from this one: it runs from the sources and from `dist/` alike. */
export function checkoutFile(path: string): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; dirname(folder) !== folder; folder = dirname(folder)) {
    const file = join(folder, path);
    if (existsSync(file)) return file;
  }
  return join(dirname(start), path);
}
