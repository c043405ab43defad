import { join } from 'node:path';
import { UserError } from '../recipe/errors.js';
import type { Binary, BinarySpec } from './binary.js';
import { buildBinary } from './build-binary.js';
import { downloadBinary } from './download-binary.js';
import { binaryFolder, describe, findBinary, versionOutput } from './find-binary.js';
import { withLock } from './lock.js';
import { cacheDirectory } from './paths.js';
import type { Report } from './report.js';

/**
 * Override, PATH, cache, official download, `go install`, in this order.
 * @throws UserError `missing-program` where none of them gives the program
 */
export async function ensureBinary(spec: BinarySpec, report: Report): Promise<Binary> {
  const found = await findBinary(spec);
  if (found) return found;
  // Two commands at once fetch it once.
  return withLock(join(cacheDirectory(), 'bin', `${spec.name}.lock`), 31 * 60_000, async () => {
    const meanwhile = await findBinary(spec);
    if (meanwhile) return meanwhile;
    const sources = [
      ['download', downloadBinary],
      ['go install', buildBinary],
    ] as const;
    for (const [from, fetchIt] of sources) {
      const path = await fetchIt(spec, report);
      const output = path && (await versionOutput(path));
      if (path && output) return describe(spec, path, output, from);
    }
    throw new UserError(
      'missing-program',
      `${spec.name} ${spec.version} could not be found, downloaded or built (see above). Put ${spec.requirement} on PATH or set ` +
        `${spec.override} to it, or install Go 1.24 or later, then run this again. It would be kept in ${binaryFolder(spec)}.`,
    );
  });
}
