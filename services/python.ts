import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../recipe/errors.js';

const execute = promisify(execFile);

export interface Python {
  /** Real path of the interpreter, behind shims. */
  readonly path: string;
  readonly version: string;
}

/**
 * MORTAR_PYTHON, else python3 on PATH.
 * @throws UserError `missing-program` where there is none of 3.10 or later
 */
export async function findPython(): Promise<Python> {
  const command = process.env['MORTAR_PYTHON'] || 'python3';
  const code = 'import os, sys; print(os.path.realpath(sys.executable)); print("%d.%d.%d" % sys.version_info[:3])';
  const lines = await execute(command, ['-I', '-c', code], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.trim().split('\n'),
    () => [],
  );
  const [path, version] = lines;
  if (!path || !version) {
    throw new UserError(
      'missing-program',
      `'${command}' is no Python that starts. Install Python 3.10 or later, or set MORTAR_PYTHON to one.`,
    );
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 10)) {
    throw new UserError(
      'missing-program',
      `'${command}' is Python ${version}; 3.10 or later is needed. Set MORTAR_PYTHON to a newer one.`,
    );
  }
  return { path, version };
}
