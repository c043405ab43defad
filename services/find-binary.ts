import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../recipe/errors.js';
import type { Binary, BinarySpec } from './binary.js';
import { hashFile } from './file-hash.js';
import { cacheDirectory } from './paths.js';

const execute = promisify(execFile);

/** Folder of our own copy: `bin/temporal-1.5.1/`. */
export function binaryFolder(spec: BinarySpec): string {
  return join(cacheDirectory(), 'bin', `${spec.name}-${spec.version}`);
}

/**
 * Looks without fetching: the override, PATH, our cache.
 * @throws UserError where the override names something that is not the program
 */
export async function findBinary(spec: BinarySpec): Promise<Binary | undefined> {
  const named = process.env[spec.override];
  if (named) {
    const output = await versionOutput(named);
    if (output === undefined) {
      throw new UserError(
        'missing-program',
        `${spec.override} is ${named}, which is no program that answers --version. Point it at a ${spec.name} binary, or unset it.`,
      );
    }
    return describe(spec, named, output, 'override');
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, spec.name);
    if (!(await isExecutable(path))) continue;
    const output = await versionOutput(path);
    if (output !== undefined && spec.accepts(output)) return describe(spec, path, output, 'path');
  }
  const cached = join(binaryFolder(spec), spec.name);
  if (!(await isExecutable(cached))) return undefined;
  const output = await versionOutput(cached);
  return output === undefined ? undefined : describe(spec, cached, output, 'cache');
}

export async function describe(spec: BinarySpec, path: string, output: string, from: Binary['from']): Promise<Binary> {
  return { path, version: spec.readVersion(output), sha256: await rememberedHash(path), from };
}

/** Undefined where it does not start or answer in 20 s. */
export async function versionOutput(path: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execute(path, ['--version'], { timeout: 20_000 });
    return `${stdout}${stderr}`;
  } catch {
    return undefined;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => statSync(path).isFile(),
    () => false,
  );
}

/** Hashing 250 MB takes a second, so the hash of a file that has not changed since is remembered beside our own copies. */
async function rememberedHash(path: string): Promise<string> {
  const { size, mtimeMs } = statSync(path);
  const note = `${path}.sha256`;
  const stamp = `${size} ${mtimeMs}`;
  if (existsSync(note)) {
    const [hash, ...rest] = readFileSync(note, 'utf8').trim().split(' ');
    if (hash && rest.join(' ') === stamp) return hash;
  }
  const hash = await hashFile(path);
  if (path.startsWith(cacheDirectory())) writeFileSync(note, `${hash} ${stamp}\n`);
  return hash;
}
