import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What can be made again: binaries, Python environments, checkouts by digest. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['MORTAR_CACHE']) return resolve(environment['MORTAR_CACHE']);
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mortar');
}

/** State of the development services: databases, buckets, logs, locks. Deleting it deletes runs and artifacts. */
export function servicesDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['MORTAR_HOME']) return resolve(environment['MORTAR_HOME']);
  return join(cacheDirectory(environment), 'services');
}
