import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { InfrastructureError, isDiskFull } from '../recipe/errors.js';
import { S3Requests, type S3Answer, type S3Place } from './s3-requests.js';
import type { StoreSettings } from './settings.js';
import type { ListedObject, ObjectHead, ObjectStore, TaggedObject } from './store.js';

/** Files above this many bytes go up in parts, so that a part can be sent again without the rest. */
const PART_SIZE = 16 * 1024 * 1024;
/** Objects that one request may delete. */
const MOST_DELETED = 1_000;
/** Times that an object is read from its beginning where the answer breaks off. */
const READS = 4;
/** Milliseconds without a byte after which a connection is given up. */
const LONGEST_SILENCE = 30_000;

/** One code path for versitygw, AWS, Ceph, R2 and SeaweedFS. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #requests: S3Requests;
  readonly #bucket: string;
  readonly #where: string;

  constructor(
    settings: StoreSettings,
    limits: { connectionTimeout?: number; requestTimeout?: number; attempts?: number } = {},
  ) {
    this.#bucket = settings.bucket;
    const { connectionTimeout = 5_000, requestTimeout = 120_000, attempts = 5 } = limits;
    // Of an answer that has begun and comes no further.
    const socketTimeout = Math.min(requestTimeout, LONGEST_SILENCE);
    this.#where = `${settings.endpoint ?? 'AWS S3'}, bucket ${settings.bucket}`;
    this.#client = new S3Client({
      endpoint: settings.endpoint,
      region: settings.region,
      forcePathStyle: true,
      ...(settings.credentials ? { credentials: settings.credentials } : {}),
      maxAttempts: attempts,
      requestHandler: {
        connectionTimeout,
        requestTimeout,
        // Without it the SDK logs a warning, and waits for ever.
        throwOnRequestTimeout: true,
        socketTimeout,
        // A worker works on many items at once, each with its own small reads and writes.
        httpsAgent: { maxSockets: 100 },
        httpAgent: { maxSockets: 100 },
      },
    });
    let place: Promise<S3Place> | undefined;
    this.#requests = new S3Requests(
      () => (place ??= this.#place(settings)),
      () => this.#client.config.credentials(),
      { connectionTimeout, requestTimeout, socketTimeout, attempts },
    );
  }

  /** Makes the bucket where it is missing. */
  async ensureBucket(): Promise<void> {
    await this.#wrap('open the bucket', async () => {
      try {
        await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }));
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
        try {
          await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket }));
        } catch (raced) {
          if (!(raced instanceof Error && /BucketAlready(OwnedByYou|Exists)/.test(raced.name))) throw raced;
        }
      }
    });
  }

  async get(key: string): Promise<Buffer | undefined> {
    return (await this.#found({ method: 'GET', key }, `read ${key}`))?.body;
  }

  async open(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#wrap(`read ${key}`, async () => {
      const answer = await this.#getObject(key);
      return answer?.Body as Readable | undefined;
    });
  }

  async download(key: string, path: string): Promise<boolean> {
    return this.#wrap(`read ${key}`, async () => {
      // The SDK tries a request again, but not what breaks off after the answer has begun.
      for (let read = 1; ; read += 1) {
        const answer = await this.#getObject(key);
        if (!answer?.Body) return false;
        try {
          await pipeline(answer.Body as Readable, createWriteStream(path));
          return true;
        } catch (error) {
          if (read >= READS || isDiskFull(error)) throw error;
          await sleep(100 * 2 ** read);
        }
      }
    });
  }

  async put(key: string, bytes: Uint8Array | string): Promise<void> {
    await this.#wrap(`write ${key}`, () => this.#requests.send({ method: 'PUT', key, body: bytes }).then(requireDone));
  }

  async upload(key: string, path: string): Promise<void> {
    const { size } = await stat(path);
    if (size <= PART_SIZE) return this.put(key, await readFile(path));
    await this.#wrap(`write ${key}`, () =>
      new Upload({
        client: this.#client,
        params: { Bucket: this.#bucket, Key: key, Body: createReadStream(path) },
        partSize: PART_SIZE,
        queueSize: 2,
      }).done(),
    );
  }

  async putIfAbsent(key: string, bytes: Uint8Array | string): Promise<boolean> {
    return this.#putUnlessLost(key, bytes, { 'if-none-match': '*' });
  }

  async putIfMatch(key: string, bytes: Uint8Array | string, tag: string): Promise<boolean> {
    return this.#putUnlessLost(key, bytes, { 'if-match': tag });
  }

  async getTagged(key: string): Promise<TaggedObject | undefined> {
    const answer = await this.#found({ method: 'GET', key }, `read ${key}`);
    return answer && { bytes: answer.body, tag: answer.headers.etag ?? '', modified: modifiedOf(answer) };
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const answer = await this.#found({ method: 'HEAD', key }, `look up ${key}`);
    return answer && { size: Number(answer.headers['content-length'] ?? 0), modified: modifiedOf(answer) };
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    let token: string | undefined;
    do {
      const page = await this.#wrap(`list ${prefix}`, () =>
        this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token })),
      );
      for (const entry of page.Contents ?? []) {
        if (entry.Key) yield { key: entry.Key, size: entry.Size ?? 0, modified: entry.LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token);
  }

  async *folders(prefix: string): AsyncIterable<string> {
    let token: string | undefined;
    do {
      const page = await this.#wrap(`list ${prefix}`, () =>
        this.#client.send(
          new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
        ),
      );
      for (const entry of page.CommonPrefixes ?? []) if (entry.Prefix) yield entry.Prefix.slice(prefix.length, -1);
      token = page.NextContinuationToken;
    } while (token);
  }

  async delete(key: string): Promise<void> {
    await this.#found({ method: 'DELETE', key }, `delete ${key}`);
  }

  async deleteAll(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += MOST_DELETED) {
      const some = keys.slice(start, start + MOST_DELETED);
      const Delete = { Objects: some.map((Key) => ({ Key })), Quiet: true };
      await this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete })).catch(async () => {
        // Some stores know no such request.
        for (const key of some) await this.delete(key);
      });
    }
  }

  close(): void {
    this.#client.destroy();
    this.#requests.close();
  }

  /** False: somebody was first, and nothing was written. */
  async #putUnlessLost(
    key: string,
    bytes: Uint8Array | string,
    condition: { 'if-none-match': string } | { 'if-match': string },
  ): Promise<boolean> {
    return this.#wrap(`write ${key}`, async () => {
      const answer = await this.#requests.send({ method: 'PUT', key, body: bytes, headers: condition });
      if (answer.status < 300) return true;
      // 409: S3's answer to the loser while the winner's write is still under way. 404: what was to be replaced is gone.
      const conflict = answer.status === 409 && !answer.body.includes('OperationAborted');
      const gone = answer.status === 404 && answer.body.includes('NoSuchKey');
      if (answer.status !== 412 && !conflict && !gone) requireDone(answer);
      // A write whose answer went astray is sent again, and then meets itself.
      return answer.attempts > 1 && (await this.get(key))?.equals(Buffer.from(bytes)) === true;
    });
  }

  /** Undefined where there is no such object. */
  async #found(
    request: { method: 'GET' | 'HEAD' | 'DELETE'; key: string },
    what: string,
  ): Promise<S3Answer | undefined> {
    return this.#wrap(what, async () => {
      const answer = await this.#requests.send(request);
      return answer.status === 404 ? undefined : requireDone(answer);
    });
  }

  async #getObject(key: string): Promise<GetObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Where the SDK would send it. */
  async #place({ endpoint, region }: StoreSettings): Promise<S3Place> {
    const { config } = this.#client;
    const { url } = config.endpointProvider({
      Bucket: this.#bucket,
      Region: region,
      ForcePathStyle: true,
      UseFIPS: await config.useFipsEndpoint(),
      UseDualStack: await config.useDualstackEndpoint(),
      ...(endpoint ? { Endpoint: endpoint } : {}),
    });
    return { url, region };
  }

  async #wrap<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (isDiskFull(error)) throw error;
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new InfrastructureError(
        'store-unreachable',
        `Cannot ${what} in the artifact store (${this.#where}): ${reason}`,
        {},
        { cause: error },
      );
    }
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

function modifiedOf({ headers }: S3Answer): Date {
  return new Date(headers['last-modified'] ?? 0);
}

/** What was asked for needs no condition, and yet did not come about. */
function requireDone(answer: S3Answer): S3Answer {
  if (answer.status < 300) return answer;
  throw new Error(`status ${answer.status}: ${answer.body.toString('utf8').slice(0, 200)}`);
}
