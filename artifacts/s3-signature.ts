import { createHmac } from 'node:crypto';
import { sha256 } from '../recipe/canonical.js';
import { hexOf } from './digest.js';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly host: string;
  /** Encoded, without a query. */
  readonly path: string;
  readonly body: Uint8Array | string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Headers that sign a request (AWS Signature Version 4), its body included; headers that are not named here may be added. */
export function signedHeaders(
  { method, host, path, body, time }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
  region: string,
): Record<string, string> {
  const date = new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
  const digest = hexOf(sha256(body));
  const headers: Record<string, string> = {
    host,
    'x-amz-content-sha256': digest,
    'x-amz-date': date,
    ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `${method}\n${path}\n\n${lines.join('')}\n${names}\n${digest}`;
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const signature = hmac(
    signingKey(secretAccessKey, scope),
    `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hexOf(sha256(canonical))}`,
  ).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

let lastKey: { readonly of: string; readonly key: Buffer } | undefined;

/** The same for a whole day. */
function signingKey(secret: string, scope: string): Buffer {
  const of = `${secret} ${scope}`;
  if (lastKey?.of === of) return lastKey.key;
  const key = scope.split('/').reduce<Buffer>((above, part) => hmac(above, part), Buffer.from(`AWS4${secret}`));
  lastKey = { of, key };
  return key;
}

/** A path as S3 wants it signed: each segment encoded once, and nothing spared but what RFC 3986 does. */
export function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
