import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BinarySpec } from './binary.js';
import { hashFile } from './file-hash.js';
import { binaryFolder } from './find-binary.js';
import type { Report } from './report.js';

const execute = promisify(execFile);
/** A host that does not answer in this time is taken as unreachable: building comes next, and need not wait long. */
const connectTimeout = 5000;

/** Downloads the official release, checked against the checksums that the release publishes. Undefined where that cannot be had. */
export async function downloadBinary(spec: BinarySpec, report: Report): Promise<string | undefined> {
  const archive = spec.archive(process.platform, process.arch);
  if (!archive) return undefined;
  const base = process.env['MORTAR_RELEASES_URL'] ?? 'https://github.com';
  const release = `${base}/${spec.repository}/releases/download/v${spec.version}`;
  const folder = binaryFolder(spec);
  const scratch = `${folder}.download-${process.pid}`;
  try {
    const checksums = await fetch(`${release}/checksums.txt`, { signal: AbortSignal.timeout(connectTimeout) });
    if (!checksums.ok) return unavailable(spec, report, `${release} answers ${checksums.status}`);
    const expected = checksumOf(await checksums.text(), archive);
    if (!expected) return unavailable(spec, report, `the release lists no ${archive}`);
    report(`Downloading ${spec.name} ${spec.version} (${archive}) ...`);
    const body = await fetch(`${release}/${archive}`, { signal: AbortSignal.timeout(300_000) });
    if (!body.ok) return unavailable(spec, report, `${archive} answers ${body.status}`);
    mkdirSync(scratch, { recursive: true });
    const file = join(scratch, archive);
    await writeFile(file, Buffer.from(await body.arrayBuffer()));
    const actual = await hashFile(file);
    if (actual !== expected) {
      return unavailable(spec, report, `${archive} has sha256 ${actual}, and the release says ${expected}`);
    }
    await execute('tar', ['-xzf', file, '-C', scratch], { timeout: 120_000 });
    const found = readdirSync(scratch, { recursive: true, encoding: 'utf8' }).find(
      (entry) => entry === spec.name || entry.endsWith(`/${spec.name}`),
    );
    if (!found) return unavailable(spec, report, `${archive} holds no ${spec.name}`);
    mkdirSync(folder, { recursive: true });
    const target = join(folder, spec.name);
    chmodSync(join(scratch, found), 0o755);
    renameSync(join(scratch, found), target);
    return target;
  } catch (error) {
    return unavailable(spec, report, reasonOf(error));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Lines of a checksums file: hash, blanks, name. */
export function checksumOf(text: string, archive: string): string | undefined {
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim());
    if (match && match[2] === archive) return match[1];
  }
  return undefined;
}

function unavailable(spec: BinarySpec, report: Report, reason: string): undefined {
  report(`No official ${spec.name} ${spec.version} from here (${reason}).`);
  return undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return cause ? `${error.message}: ${cause}` : error.message;
}
