import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { InfrastructureError, UserError } from '../recipe/errors.js';
import { folderOnce } from './files.js';
import { hostPython } from './host-python.js';

/** Installing is slow over a slow network, but never endless. */
const INSTALL_TIMEOUT = 15 * 60_000;

/** A requirement that cannot be met: the checkout's fault, not the machine's. */
export class RequirementsError extends Error {
  override readonly name = 'RequirementsError';
}

/** Environments being made in this process: two callers of one wait for one. */
const making = new Map<string, Promise<string>>();

/** Folder of a virtual environment with exactly these pinned packages, made once a lock and interpreter. */
export function pythonEnvironment(lock: readonly string[], cache: string, signal?: AbortSignal): Promise<string> {
  const key = JSON.stringify([cache, lock]);
  const running = making.get(key);
  if (running !== undefined) return running;
  const made = makeEnvironment(lock, cache, signal).finally(() => making.delete(key));
  making.set(key, made);
  return made;
}

async function makeEnvironment(lock: readonly string[], cache: string, signal?: AbortSignal): Promise<string> {
  const python = await hostPython();
  const digest = createHash('sha256')
    .update(JSON.stringify([python.executable, python.version, lock]))
    .digest('hex');
  return folderOnce(join(cache, 'environments', digest), (aside) => install(lock, aside, ['--no-deps'], signal));
}

/** Resolves requirements to a lock: all packages, name==version, sorted. Throws RequirementsError where it cannot be. */
export async function resolveRequirements(requirements: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const python = await hostPython();
  const compiled = await uv(
    ['pip', 'compile', '--no-header', '--no-annotate', '--quiet', '--python', python.executable, '-'],
    signal,
    requirements.join('\n'),
  );
  return lockLines(compiled);
}

/** Pins of a requirements listing; comments, options and blank lines go. */
export function lockLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s*[#;].*$/, '').trim())
    .filter((line) => /^[A-Za-z0-9][\w.-]*(\[[^\]]*\])?==/.test(line))
    .map((line) => line.replace(/\[[^\]]*\]/, ''))
    .sort();
}

async function install(
  lock: readonly string[],
  folder: string,
  options: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const python = await hostPython();
  await uv(
    ['venv', '--quiet', '--relocatable', '--allow-existing', '--no-project', '--python', python.executable, folder],
    signal,
  );
  if (lock.length === 0) return;
  const target = ['--python', join(folder, 'bin', 'python')];
  // The folder is read-only where tests run: what is not compiled now is compiled at every start.
  await uv(['pip', 'install', '--quiet', '--compile-bytecode', ...target, ...options, ...lock], signal);
}

async function uv(command: readonly string[], signal?: AbortSignal, input = ''): Promise<string> {
  const program = process.env.MORTAR_UV ?? 'uv';
  const options = { input, reject: false, timeout: INSTALL_TIMEOUT, cancelSignal: signal, forceKillAfterDelay: 2000 };
  const { execa } = await import('execa');
  const result = await execa(program, command, options);
  if (result.exitCode === 0) return result.stdout;
  signal?.throwIfAborted();
  if (result.code === 'ENOENT') {
    throw new UserError(
      'uv-missing',
      `Python environments are made with uv, but '${program}' was not found. Install uv, or set MORTAR_UV to its path.`,
    );
  }
  const said = result.stderr.trim().slice(-1500);
  const words = `uv ${command.slice(0, 2).join(' ')} failed${result.timedOut ? ' (time limit)' : ''}: ${said}`;
  // What uv says when an index cannot be reached; worth another try, unlike a requirement that no version meets.
  if (result.timedOut || /error sending request|timed out|connect|dns|503|502|429/i.test(said))
    throw new InfrastructureError('package-index', words);
  throw new RequirementsError(words);
}
