// Runs the trainer's own tests in its locked environment, where that has been made (`mortar doctor` says).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(root, 'dist', 'services', 'trainer-environment.js');
const { findTrainer } = existsSync(compiled) ? await import(compiled) : { findTrainer: async () => undefined };
const environment = await findTrainer();
if (!environment) {
  console.log('The trainer environment has not been made yet; its tests are left out.');
} else {
  const { status } = spawnSync(environment.python, ['-m', 'pytest', '-q', '-x', '-m', 'not slow'], {
    cwd: join(root, 'trainer'),
    stdio: 'inherit',
    env: { ...process.env, PYTHONPATH: join(root, 'trainer', 'src') },
  });
  process.exitCode = status ?? 1;
}
