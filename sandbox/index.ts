import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from '../recipe/errors.js';
import { bubblewrap, probeBubblewrap } from './bubblewrap.js';
import { docker, probeDocker } from './docker.js';
import { cacheFolder } from './root.js';
import type { SandboxPort } from './sandbox.js';

/**
 * The sandbox of this worker: what MORTAR_SANDBOX names (docker or bubblewrap), else Docker or Podman where one answers,
 * else bubblewrap. Throws a UserError where neither works: instance code never runs unsandboxed.
 */
export async function createSandbox(): Promise<SandboxPort> {
  const asked = process.env.MORTAR_SANDBOX ?? '';
  if (!['', 'docker', 'bubblewrap'].includes(asked)) {
    throw new UserError(
      'sandbox-unknown',
      `MORTAR_SANDBOX is '${asked}', but it must be 'docker' or 'bubblewrap'. Mend it, or unset it.`,
    );
  }
  const reasons: string[] = [];
  if (asked !== 'bubblewrap') {
    const reason = await probeDocker();
    if (reason === null) return docker();
    reasons.push(`Docker: ${reason}`);
  }
  if (asked !== 'docker') {
    const program = bubblewrapProgram();
    const reason = program === null ? 'bwrap is neither in MORTAR_BWRAP nor on PATH' : await probeBubblewrap(program);
    if (program !== null && reason === null) return bubblewrap(program);
    reasons.push(`bubblewrap: ${reason}`);
  }
  throw new UserError(
    'sandbox-missing',
    `No sandbox works here, and instance code is never run without one. ${reasons.join('. ')}. ` +
      `Start Docker or Podman, or install bubblewrap (Debian: apt-get install bubblewrap) or set MORTAR_BWRAP to its path.`,
  );
}

/** MORTAR_BWRAP, else PATH, else the cache; null where there is none. */
export function bubblewrapProgram(): string | null {
  const named = process.env.MORTAR_BWRAP;
  if (named !== undefined && named !== '') return named;
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(cacheFolder(), 'bin')];
  return folders.map((folder) => join(folder, 'bwrap')).find(executable) ?? null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
