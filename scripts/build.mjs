// Compiles TypeScript into dist/, unless dist/ already is what these sources give.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceHash } from './source-hash.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'dist', '.build-hash');

/** @returns {number} exit code: 0 built or up to date, 2 the sources do not compile */
export function build({ force = false } = {}) {
  const hash = sourceHash(root);
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash) return 0;
  process.stderr.write('Compiling TypeScript ...\n');
  const started = Date.now();
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(process.execPath, [compiler, '--project', root, '--pretty', 'false'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    process.stderr.write(
      `${result.stdout}\nThe sources do not compile. Mend the errors above, then run: node scripts/build.mjs\n`,
    );
    return 2;
  }
  const bundled = spawnSync(process.execPath, [join(root, 'scripts', 'bundle.mjs')], { stdio: 'inherit' });
  if (bundled.status !== 0) return 2;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${hash}\n`);
  process.stderr.write(`Compiled in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = build({ force: process.argv.includes('--force') });
}
