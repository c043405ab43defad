/** Where a client finds Temporal and S3. The environment variables are the ones that Temporal's and AWS's own tools read. */
export interface Connection {
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    /** Base of the web page, without a trailing slash; undefined where it is not known. */
    readonly ui?: string;
  };
  readonly s3: {
    /** Undefined: AWS itself. */
    readonly endpoint?: string;
    readonly region: string;
    readonly bucket: string;
    /** Undefined: the AWS SDK's own search. */
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

export const defaultBucket = 'mortar';

/** The variables that carry a connection to a worker, or into this process. */
export function connectionEnvironment(connection: Connection): Record<string, string> {
  const { temporal, s3 } = connection;
  return { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace, ...storeEnvironment(s3) };
}

/** Those of them that carry the store. */
export function storeEnvironment(s3: Connection['s3']): Record<string, string> {
  return {
    AWS_REGION: s3.region,
    MORTAR_BUCKET: s3.bucket,
    ...(s3.endpoint && { AWS_ENDPOINT_URL_S3: s3.endpoint }),
    ...(s3.credentials && {
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    }),
  };
}
