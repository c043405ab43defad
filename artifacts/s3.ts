import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { InfrastructureError, isDiskFull } from '../recipe/errors.js';
import { type RequestLimits, s3Client } from './s3-client.js';
import type { StoreSettings } from './settings.js';
import type { ListedObject, ObjectHead, ObjectStore, TaggedObject } from './store.js';

/** Files above this many bytes go up in parts, so that a part can be sent again without the rest. */
const PART_SIZE = 16 * 1024 * 1024;
/** Objects that one request may delete. */
const MOST_DELETED = 1_000;
/** Times that an object is read from its beginning where the answer breaks off. */
const READS = 4;

type SdkBody = NonNullable<GetObjectCommandOutput['Body']>;

/** One code path for versitygw, AWS, Ceph, R2 and SeaweedFS. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #where: string;

  constructor(settings: StoreSettings, limits: RequestLimits = {}) {
    this.#bucket = settings.bucket;
    this.#where = `${settings.endpoint ?? 'AWS S3'}, bucket ${settings.bucket}`;
    this.#client = s3Client(settings, limits);
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
    return this.#whole(key, async (body) => Buffer.from(await body.transformToByteArray()));
  }

  async open(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#wrap(`read ${key}`, async () => {
      const answer = await this.#found(() =>
        this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key })),
      );
      return answer?.Body as Readable | undefined;
    });
  }

  async download(key: string, path: string): Promise<boolean> {
    const done = await this.#whole(key, async (body) => {
      await pipeline(body as Readable, createWriteStream(path));
      return true;
    });
    return done ?? false;
  }

  async put(key: string, bytes: Uint8Array | string): Promise<void> {
    await this.#wrap(`write ${key}`, () =>
      this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes })),
    );
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
    return this.#putUnlessLost(key, bytes, { IfNoneMatch: '*' });
  }

  async putIfMatch(key: string, bytes: Uint8Array | string, tag: string): Promise<boolean> {
    return this.#putUnlessLost(key, bytes, { IfMatch: tag });
  }

  async getTagged(key: string): Promise<TaggedObject | undefined> {
    return this.#whole(key, async (body, { ETag, LastModified }) => ({
      bytes: Buffer.from(await body.transformToByteArray()),
      tag: ETag ?? '',
      modified: LastModified ?? new Date(0),
    }));
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    return this.#wrap(`look up ${key}`, async () => {
      const answer = await this.#found(() =>
        this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key })),
      );
      return answer && { size: answer.ContentLength ?? 0, modified: answer.LastModified ?? new Date(0) };
    });
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
    await this.#wrap(`delete ${key}`, () =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key })),
    );
  }

  async deleteAll(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += MOST_DELETED) {
      const Objects = keys.slice(start, start + MOST_DELETED).map((Key) => ({ Key }));
      await this.#wrap(`delete ${keys.length} objects`, () =>
        this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } })),
      );
    }
  }

  close(): void {
    this.#client.destroy();
  }

  /** False: somebody was first, and nothing was written. */
  async #putUnlessLost(
    key: string,
    bytes: Uint8Array | string,
    condition: { IfNoneMatch: string } | { IfMatch: string },
  ): Promise<boolean> {
    return this.#wrap(`write ${key}`, async () => {
      try {
        await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes, ...condition }));
        return true;
      } catch (error) {
        // 409: S3's answer to the loser while the winner's write is still under way. 404: what was to be replaced is gone.
        const gone = 'IfMatch' in condition && hasStatus(error, 404);
        const conflict = hasStatus(error, 409) && (error as Error).name !== 'OperationAborted';
        if (!gone && !conflict && !hasStatus(error, 412)) throw error;
        // A write whose answer went astray is sent again, and then meets itself.
        const again = ((error as S3ServiceException).$metadata.attempts ?? 1) > 1;
        return again && (await this.get(key))?.equals(Buffer.from(bytes)) === true;
      }
    });
  }

  /** Reads an object to its end. The SDK tries a request again, but not what breaks off after the answer has begun. */
  async #whole<T>(
    key: string,
    take: (body: SdkBody, answer: GetObjectCommandOutput) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#wrap(`read ${key}`, async () => {
      for (let read = 1; ; read += 1) {
        const answer = await this.#found(() =>
          this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key })),
        );
        if (!answer?.Body) return undefined;
        try {
          return await take(answer.Body, answer);
        } catch (error) {
          if (read >= READS || isDiskFull(error)) throw error;
          await sleep(100 * 2 ** read);
        }
      }
    });
  }

  async #found<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
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
