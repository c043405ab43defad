// Makes a fresh checkout runnable: dependencies, then dist/. Does nothing, quickly, when both are there.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { missingRequirement } from './requirements.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function dependenciesCurrent() {
  // npm writes this file last, so an install that was cut off is done again.
  const installed = statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  return installed !== undefined && installed.mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function installDependencies() {
  process.stderr.write('Installing Node dependencies (npm ci, about half a minute, 340 MB) ...\n');
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (result.status === 0) return 0;
  const reason = result.error
    ? `npm could not be started: ${result.error.message}`
    : `npm ci ended with ${result.status}`;
  process.stderr.write(`${reason}. Check the network and the disk, then run: node scripts/setup.mjs\n`);
  return 3;
}

function setup() {
  const missing = missingRequirement();
  if (missing) {
    process.stderr.write(`${missing.message}\n`);
    return missing.exitCode;
  }
  if (!dependenciesCurrent()) {
    const failed = installDependencies();
    if (failed !== 0) return failed;
  }
  return build();
}

process.exitCode = setup();
