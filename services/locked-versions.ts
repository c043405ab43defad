import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { temporalBinary, versitygwBinary } from './binary.js';
import { checkoutFile } from './checkout.js';
import { uvPin } from './uv.js';

/** Digests of the package locks of this checkout. */
export function packageLocks(): Record<string, string> {
  return {
    node: digestOfFile(checkoutFile('package-lock.json')),
    trainer: digestOfFile(checkoutFile('trainer/requirements.lock')),
  };
}

/** Versions of programs: of Node what it is, of the others what this checkout fetches or builds. */
export function toolVersions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(checkoutFile('package.json'), 'utf8')) as { version: string };
  return {
    mortar: version,
    // Within a major version, Node computes the same.
    node: process.versions.node.split('.')[0] ?? '',
    platform: `${process.platform}-${process.arch}`,
    temporal: temporalBinary.version,
    uv: uvPin,
    versitygw: versitygwBinary.version,
  };
}

/** Hash of each activity's source, as it was last decided about. */
export function activitySources(): Readonly<Record<string, string>> {
  const known = JSON.parse(readFileSync(checkoutFile('activities/versions.json'), 'utf8')) as Record<
    string,
    { source: string }
  >;
  return Object.fromEntries(Object.entries(known).map(([name, { source }]) => [name, source]));
}

function digestOfFile(path: string): string {
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}
