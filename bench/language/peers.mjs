// Snakemake, DVC and ninja of fixed versions from PyPI, in a folder of the cache. ninja is the floor: C++, and no language to speak of.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../dist/services/paths.js';
import { ensureUv } from '../../dist/services/uv.js';
import { buildNinja, dvcYaml, snakefile } from './graphs.mjs';

const versions = { snakemake: '9.9.0', dvc: '3.67.1', ninja: '1.13.0' };

/** Each with its file for a graph, and the command that says what would run without running anything. */
export const peers = [
  {
    name: 'snakemake',
    file: 'Snakefile',
    write: snakefile,
    prepare: () => {},
    command: (bin) => [join(bin, 'snakemake'), '--dry-run', '--quiet', '--cores', '1', '--nolock'],
    most: 10_000,
  },
  {
    name: 'dvc',
    file: 'dvc.yaml',
    write: dvcYaml,
    prepare: (bin, folder) =>
      execFileSync(join(bin, 'dvc'), ['init', '--no-scm', '--quiet', '--force'], { cwd: folder, stdio: 'ignore' }),
    // A dry run makes no outputs, and DVC would miss those of the stages before.
    command: (bin) => [join(bin, 'dvc'), 'repro', '--dry', '--quiet', '--allow-missing'],
    most: 10_000,
  },
  {
    name: 'ninja',
    file: 'build.ninja',
    write: buildNinja,
    prepare: () => {},
    command: (bin) => [join(bin, 'ninja'), '-n', '--quiet'],
    most: 100_000,
  },
];

/** @returns {Promise<string>} folder of their programs */
export async function installPeers() {
  const name = Object.entries(versions)
    .map(([peer, version]) => `${peer}-${version}`)
    .join('-');
  const folder = join(cacheDirectory(), 'bench', name);
  const done = join(folder, 'done');
  if (existsSync(done)) return join(folder, 'bin');
  rmSync(folder, { recursive: true, force: true });
  const uv = await ensureUv((line) => console.error(line));
  console.error(`Installing ${name} (once) ...`);
  const options = { stdio: ['ignore', 'ignore', 'inherit'], timeout: 10 * 60_000 };
  execFileSync(uv.path, ['venv', '--quiet', folder], options);
  const wanted = Object.entries(versions).map(([peer, version]) => `${peer}==${version}`);
  execFileSync(uv.path, ['pip', 'install', '--quiet', '--python', join(folder, 'bin', 'python'), ...wanted], options);
  writeFileSync(done, '');
  return join(folder, 'bin');
}
