import { S3Client } from '@aws-sdk/client-s3';
import type { StoreSettings } from './settings.js';

export interface RequestLimits {
  /** Milliseconds. @default 5 s */
  readonly connectionTimeout?: number;
  /** Milliseconds for one attempt. @default two minutes */
  readonly requestTimeout?: number;
  /** @default 5 */
  readonly attempts?: number;
}

/** Milliseconds without a byte after which a connection is given up. */
const LONGEST_SILENCE = 30_000;

/** The SDK's client, with a limit on every wait. */
export function s3Client(settings: StoreSettings, limits: RequestLimits): S3Client {
  const { connectionTimeout = 5_000, requestTimeout = 120_000, attempts = 5 } = limits;
  const client = new S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: true,
    ...(settings.credentials ? { credentials: settings.credentials } : {}),
    maxAttempts: attempts,
    // Nothing is added to the stack later, and putting it together anew took a quarter of a small request's time.
    cacheMiddleware: true,
    // Blobs are checked against their digests by us, and bodies are signed: a further sum of each small object is a share of its time.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout,
      requestTimeout,
      // Without it the SDK logs a warning, and waits for ever.
      throwOnRequestTimeout: true,
      // Of an answer that has begun and comes no further.
      socketTimeout: Math.min(requestTimeout, LONGEST_SILENCE),
      // A worker works on many items at once, each with its own small reads and writes.
      httpsAgent: { maxSockets: 100 },
      httpAgent: { maxSockets: 100 },
    },
  });
  makeFast(client.config);
  return client;
}

/**
 * The SDK copies its settings, some hundred of them, several times a request. V8 keeps an object that has grown so large in a slow form,
 * and gives it the fast one again when it becomes a prototype: a tenth of a small request's processor time.
 */
function makeFast(settings: object): void {
  Object.create(settings);
}
