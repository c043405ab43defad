import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { versitygwBinary } from './binary.js';
import { type DevelopmentService, type Launch, type Place, ensureService } from './ensure-service.js';
import type { Report } from './report.js';
import { s3Credentials } from './s3-credentials.js';
import type { ServiceRecord } from './service-record.js';

/** Any HTTP answer counts: S3 answers an unsigned request with a refusal. */
export async function s3Answers(endpoint: string, timeoutMilliseconds = 1500): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(timeoutMilliseconds) });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}

export function ensureS3(directory: string, report: Report): Promise<ServiceRecord> {
  const service: DevelopmentService = {
    service: 's3',
    title: 'S3',
    binary: versitygwBinary,
    port: Number(process.env['MORTAR_S3_PORT'] ?? 7070),
    answers: (port) => s3Answers(`http://127.0.0.1:${port}/`, 5000),
    launch,
  };
  return ensureService(service, directory, report);
}

function launch({ directory, port }: Place): Launch {
  const data = join(directory, 's3');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const credentials = s3Credentials(directory);
  return {
    arguments: ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', data],
    // Not on the command line, where every user of the machine could read them.
    environment: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    healthy: () => s3Answers(`http://127.0.0.1:${port}/`, 1000),
    timeout: 30_000,
  };
}
