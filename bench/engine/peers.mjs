// Other engines on the same machine in the same minutes: the same shapes, each as its documentation has it for one machine.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../dist/services/paths.js';
import { ensureUv } from '../../dist/services/uv.js';
import { House } from './house.mjs';
import { chain, wide } from './plans.mjs';

const execute = promisify(execFile);
const peers = { prefect: '3.9.1', dagster: '1.13.29', luigi: '3.8.1' };

export async function measure(length = '50', width = '200') {
  const python = await environment();
  const seconds = {};
  for (const peer of Object.keys(peers)) {
    const home = mkdtempSync(join(tmpdir(), 'mortar-peer-'));
    try {
      const { stdout } = await execute(
        python,
        [fileURLToPath(new URL('./peers.py', import.meta.url)), peer, length, width],
        {
          env: { PATH: process.env.PATH, HOME: home, PREFECT_HOME: home, DO_NOT_TRACK: '1', TMPDIR: home },
          timeout: 900_000,
        },
      );
      seconds[peer] = JSON.parse(stdout.trim().split('\n').at(-1));
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }
  const house = await House.open();
  try {
    await house.worker();
    await house.run(chain(5, 'warm'));
    const one = (await house.run(chain(Number(length), 'chain'))).took / 1000;
    const all = (await house.run(wide(Number(width), 'wide'))).took / 1000;
    console.log(
      `  mortar: ${each(one, length)} in a chain of ${length}, ${each(all, width)} with ${width} ready at once`,
    );
    for (const [peer, took] of Object.entries(seconds))
      console.log(
        `  ${peer} ${peers[peer]}: ${each(took.chain, length)} (${(took.chain / one).toFixed(2)} times mortar), ` +
          `${each(took.wide, width)} (${(took.wide / all).toFixed(2)} times)`,
      );
  } finally {
    await house.close();
  }
}

const each = (seconds, count) => `${((1000 * seconds) / Number(count)).toFixed(1)} ms a task`;

/** Made once for these versions; appears whole or not at all. */
async function environment() {
  const requirements = Object.entries(peers).map(([name, version]) => `${name}==${version}`);
  const folder = join(cacheDirectory(), 'bench', requirements.join('-').replaceAll('==', '-'));
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  const { path: uv } = await ensureUv(console.error);
  const made = `${folder}.${process.pid}.tmp`;
  await execute(uv, ['venv', '--quiet', '--relocatable', made]);
  await execute(uv, ['pip', 'install', '--quiet', '--python', join(made, 'bin', 'python'), ...requirements], {
    timeout: 600_000,
  });
  renameSync(made, folder);
  return python;
}
