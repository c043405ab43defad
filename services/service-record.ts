import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.js';

/** A service that we started: the lock that says who holds its data. */
export interface ServiceRecord extends ProcessIdentity {
  readonly service: ServiceName;
  readonly port: number;
  /** Port of its web page, where it has one. */
  readonly uiPort?: number;
  readonly version: string;
  readonly binary: string;
  /** Of the binary, hexadecimal. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export type ServiceName = 'temporal' | 's3' | 'worker';

/** Undefined where the text is not a record: cut off in the middle of a write, or of another program. */
export function parseServiceRecord(text: string): ServiceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Partial<Record<keyof ServiceRecord, unknown>>;
  const { service, pid, startTime, port } = record;
  if (service !== 'temporal' && service !== 's3' && service !== 'worker') return undefined;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1) return undefined;
  if (typeof startTime !== 'string' || typeof port !== 'number') return undefined;
  if (typeof record.version !== 'string' || typeof record.binary !== 'string') return undefined;
  if (typeof record.sha256 !== 'string' || typeof record.startedAt !== 'string') return undefined;
  return value as ServiceRecord;
}

function pathOf(directory: string, service: ServiceName): string {
  return join(directory, `${service}.json`);
}

export function readServiceRecord(directory: string, service: ServiceName): ServiceRecord | undefined {
  const path = pathOf(directory, service);
  return existsSync(path) ? parseServiceRecord(readFileSync(path, 'utf8')) : undefined;
}

export function writeServiceRecord(directory: string, record: ServiceRecord): void {
  const path = pathOf(directory, record.service);
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeServiceRecord(directory: string, service: ServiceName): void {
  rmSync(pathOf(directory, service), { force: true });
}
