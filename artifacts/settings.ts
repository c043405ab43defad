import { UserError } from '../recipe/errors.js';

/** How the bucket is reached. */
export interface StoreSettings {
  /** Absent: AWS itself. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  /** Absent: the AWS SDK's own search (profile, role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Reads AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION (us-east-1) and MORTAR_BUCKET (mortar). */
export function storeSettings(environment: NodeJS.ProcessEnv = process.env): StoreSettings {
  const endpoint = environment['AWS_ENDPOINT_URL_S3'] || undefined;
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
  // With none of them set, AWS itself would be asked with whatever credentials lie around: nobody means that.
  if (!endpoint && !accessKeyId && !environment['AWS_PROFILE'] && !environment['AWS_ROLE_ARN']) {
    throw new UserError(
      'store-settings',
      'The artifact store is not configured: none of AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_PROFILE is set. ' +
        'Start the development services with `mortar up`, or set AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  }
  if (Boolean(accessKeyId) !== Boolean(secretAccessKey)) {
    const missing = accessKeyId ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID';
    throw new UserError('store-settings', `${missing} is not set, though its counterpart is. Set both, or neither.`);
  }
  return {
    endpoint,
    region: environment['AWS_REGION'] || 'us-east-1',
    bucket: environment['MORTAR_BUCKET'] || 'mortar',
    ...(accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {}),
  };
}
