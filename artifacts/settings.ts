import { UserError } from '../recipe/errors.js';

/** How the bucket is reached. */
export interface StoreSettings {
  /** Absent: AWS itself. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Reads AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION (us-east-1) and MORTAR_BUCKET (mortar). */
export function storeSettings(environment: NodeJS.ProcessEnv = process.env): StoreSettings {
  const required = (name: string): string => {
    const value = environment[name];
    if (!value) {
      throw new UserError(
        'store_settings',
        `${name} is not set, so the artifact store cannot be opened. ` +
          'Start the development services with `mortar up`, or set AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      );
    }
    return value;
  };
  return {
    endpoint: environment['AWS_ENDPOINT_URL_S3'] || undefined,
    region: environment['AWS_REGION'] || 'us-east-1',
    bucket: environment['MORTAR_BUCKET'] || 'mortar',
    accessKeyId: required('AWS_ACCESS_KEY_ID'),
    secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
  };
}
