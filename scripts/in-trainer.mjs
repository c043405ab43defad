// Runs a Python module in the trainer's locked environment, where that has been made (`mortar doctor` says):
//   node scripts/in-trainer.mjs pytest -m 'not slow'
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(root, 'dist', 'services', 'trainer-environment.js');
const { findTrainer } = existsSync(compiled) ? await import(compiled) : { findTrainer: async () => undefined };
const environment = await findTrainer();
if (!environment) {
  console.log('The trainer environment has not been made yet; this is left out.');
} else {
  const { status } = spawnSync(environment.python, ['-m', ...process.argv.slice(2)], {
    cwd: join(root, 'trainer'),
    stdio: 'inherit',
    env: { ...process.env, PYTHONPATH: join(root, 'trainer', 'src') },
  });
  process.exitCode = status ?? 1;
}
