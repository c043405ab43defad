import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BinarySpec } from './binary.js';
import { binaryFolder } from './find-binary.js';
import type { Report } from './report.js';

const execute = promisify(execFile);

/** Builds the pinned version from the Go module proxy, whose checksum database verifies it. Undefined where there is no Go. */
export async function buildBinary(spec: BinarySpec, report: Report): Promise<string | undefined> {
  const version = await execute('go', ['version'], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (!version) {
    report(`No Go compiler on PATH to build ${spec.name} with.`);
    return undefined;
  }
  report(
    `Building ${spec.name} ${spec.version} from source (about ${Math.ceil(spec.buildSeconds / 60)} min, once) ...`,
  );
  const folder = binaryFolder(spec);
  const scratch = `${folder}.build-${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  const arguments_ = [
    'install',
    '-ldflags',
    `-s -w -X ${spec.goVersionVariable}=${spec.version}`,
    `${spec.goPackage}@v${spec.version}`,
  ];
  try {
    // A module may ask for a newer Go, which Go fetches by itself; where that host is closed, the Go at hand may still do.
    const failures: string[] = [];
    for (const toolchain of ['auto', 'local']) {
      try {
        await execute('go', arguments_, {
          env: { ...process.env, GOBIN: scratch, GOTOOLCHAIN: toolchain, CGO_ENABLED: '0', GOFLAGS: '' },
          timeout: 30 * 60_000,
          maxBuffer: 64 << 20,
        });
        mkdirSync(folder, { recursive: true });
        const target = join(folder, spec.name);
        renameSync(join(scratch, spec.name), target);
        return target;
      } catch (error) {
        failures.push(lastLines(error));
      }
    }
    report(`${version} could not build ${spec.name}: ${failures.at(-1) ?? ''}`);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function lastLines(error: unknown): string {
  const text = (error as { stderr?: string }).stderr || String(error);
  return text
    .split('\n')
    .filter((line) => line && !line.startsWith('go: downloading'))
    .slice(-4)
    .join(' | ');
}
