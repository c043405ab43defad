// The long form of tests/chaos: CHAOS_FAULTS faults (120) in an order that CHAOS_SEED decides; `npm run chaos -- 1 2 3` takes a seed after the other.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const seeds = process.argv.slice(2);

process.exitCode = build();
for (const seed of seeds.length > 0 ? seeds : [process.env.CHAOS_SEED]) {
  if (process.exitCode !== 0) break;
  const env = { CHAOS_FAULTS: '120', ...process.env, ...(seed === undefined ? {} : { CHAOS_SEED: seed }) };
  const command = ['run', '--project', 'integration', 'tests/chaos/chaos.test.ts'];
  process.exitCode =
    spawnSync(join(root, 'node_modules', '.bin', 'vitest'), command, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}
