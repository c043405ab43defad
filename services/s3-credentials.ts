import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Of the development S3 server: made once a state folder, readable by its owner only. */
export function s3Credentials(directory: string): S3Credentials {
  const path = join(directory, 's3-credentials.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as S3Credentials;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const made: S3Credentials = {
    accessKeyId: `mortar${randomBytes(6).toString('hex')}`,
    secretAccessKey: randomBytes(24).toString('hex'),
  };
  writeFileSync(path, `${JSON.stringify(made)}\n`, { mode: 0o600 });
  return made;
}
