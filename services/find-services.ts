import type { Connection } from './connection.js';
import { defaultBucket } from './connection.js';
import { s3Credentials } from './s3-credentials.js';
import { isAlive } from './process-identity.js';
import { readServiceRecord, type ServiceRecord } from './service-record.js';

/** Whether the environment names services of the user's own. */
export function givenServices(environment: NodeJS.ProcessEnv = process.env): { temporal: boolean; s3: boolean } {
  return {
    temporal: Boolean(environment['TEMPORAL_ADDRESS']),
    // A bucket with no endpoint is one of AWS itself.
    s3: Boolean(environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL'] || environment['MORTAR_BUCKET']),
  };
}

/** The connection that the environment and the development services give; undefined for a part that nobody offers. */
export function assembleConnection(
  directory: string,
  development: { temporal?: ServiceRecord; s3?: ServiceRecord },
  environment: NodeJS.ProcessEnv = process.env,
): { temporal?: Connection['temporal']; s3?: Connection['s3'] } {
  const address = environment['TEMPORAL_ADDRESS'];
  const endpoint = environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL'];
  const namespace = environment['TEMPORAL_NAMESPACE'] ?? 'default';
  const bucket = environment['MORTAR_BUCKET'] ?? defaultBucket;
  const region = environment['AWS_REGION'] ?? 'us-east-1';
  const result: { temporal?: Connection['temporal']; s3?: Connection['s3'] } = {};
  if (address) {
    result.temporal = { address, namespace, ui: environment['TEMPORAL_UI'] };
  } else if (development.temporal) {
    const { port, uiPort } = development.temporal;
    result.temporal = { address: `127.0.0.1:${port}`, namespace, ...(uiPort && { ui: `http://127.0.0.1:${uiPort}` }) };
  }
  if (givenServices(environment).s3) {
    result.s3 = { ...(endpoint && { endpoint }), region, bucket };
  } else if (development.s3) {
    const credentials = s3Credentials(directory);
    result.s3 = { endpoint: `http://127.0.0.1:${development.s3.port}`, region, bucket, credentials };
  }
  return result;
}

/** Looks at what runs, starts nothing. */
export function findServices(directory: string): { temporal?: Connection['temporal']; s3?: Connection['s3'] } {
  return assembleConnection(directory, {
    temporal: running(directory, 'temporal'),
    s3: running(directory, 's3'),
  });
}

function running(directory: string, service: 'temporal' | 's3'): ServiceRecord | undefined {
  const record = readServiceRecord(directory, service);
  return record && isAlive(record) ? record : undefined;
}
