import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ensureTrainer } from '../../services/trainer-environment.js';

const trainer = fileURLToPath(new URL('../../trainer', import.meta.url));

it("the trainer's own tests pass in its locked environment", { timeout: 600_000 }, async () => {
  const { python } = await ensureTrainer(() => undefined);
  const { status, stdout, stderr } = spawnSync(python, ['-m', 'pytest', '-p', 'no:cacheprovider'], {
    cwd: trainer,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: `${trainer}/src`, PYTHONDONTWRITEBYTECODE: '1' },
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/\d+ passed/);
});
