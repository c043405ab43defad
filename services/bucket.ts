import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UserError } from '../recipe/errors.js';
import type { Connection } from './connection.js';

export function s3Client({ s3 }: Connection): S3Client {
  return new S3Client({
    region: s3.region,
    ...(s3.endpoint && { endpoint: s3.endpoint, forcePathStyle: true }),
    ...(s3.credentials && { credentials: s3.credentials }),
  });
}

/**
 * Makes the bucket where it is not there yet.
 * @throws UserError `service-unreachable` or `s3-refused`
 */
export async function ensureBucket(connection: Connection): Promise<void> {
  const client = s3Client(connection);
  const { bucket } = connection.s3;
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }), deadline());
  } catch (error) {
    if (statusOf(error) !== 404) throw unusable(connection, error);
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }), deadline());
    } catch (creation) {
      const name = (creation as Error).name;
      if (name !== 'BucketAlreadyOwnedByYou') throw unusable(connection, creation);
    }
  } finally {
    client.destroy();
  }
}

/** @throws UserError `store-unconditional` where the store overwrites in spite of `If-None-Match: *` */
export async function requireConditionalWrites(connection: Connection): Promise<void> {
  if (await honoursConditionalWrites(connection)) return;
  const where = connection.s3.endpoint ?? `AWS ${connection.s3.region}`;
  throw new UserError(
    'store-unconditional',
    `S3 at ${where} overwrites an object in spite of If-None-Match: *, so two runs could overwrite each other's results unseen. ` +
      'Use a store with conditional writes (AWS, R2, Ceph, SeaweedFS, versitygw), or unset AWS_ENDPOINT_URL_S3 and run: mortar up',
  );
}

/** Whether the store refuses to overwrite when asked to: commits of results depend on it. */
export async function honoursConditionalWrites(connection: Connection): Promise<boolean> {
  const client = s3Client(connection);
  const put = { Bucket: connection.s3.bucket, Key: 'doctor/conditional-write', Body: 'mortar', IfNoneMatch: '*' };
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await client.send(new PutObjectCommand(put), deadline());
      } catch (error) {
        if (statusOf(error) === 412) return true;
        throw unusable(connection, error);
      }
    }
    return false;
  } finally {
    client.destroy();
  }
}

function deadline(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(10_000) };
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function unusable({ s3 }: Connection, error: unknown): UserError {
  const where = s3.endpoint ?? `AWS ${s3.region}`;
  const status = statusOf(error);
  if (status === undefined) {
    return new UserError(
      'service-unreachable',
      `S3 at ${where} does not answer: ${(error as Error).message}. Check AWS_ENDPOINT_URL_S3 and the network, or unset it and run: mortar up`,
      {},
      { cause: error },
    );
  }
  return new UserError(
    's3-refused',
    `S3 at ${where} refuses bucket ${s3.bucket} (${status} ${(error as Error).name}). ` +
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and MORTAR_BUCKET.',
    {},
    { cause: error },
  );
}
