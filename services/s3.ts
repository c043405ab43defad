import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { versitygwBinary } from './binary.js';
import { ensureBinary } from './ensure-binary.js';
import { choosePort } from './ports.js';
import { isAlive, stopProcess } from './process-identity.js';
import type { Report } from './report.js';
import { s3Credentials } from './s3-credentials.js';
import { readServiceRecord, writeServiceRecord, type ServiceRecord } from './service-record.js';
import { spawnService } from './spawn-service.js';

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

/** The development S3 server of this state folder, started where it does not run. Called under the services lock. */
export async function ensureS3(directory: string, report: Report): Promise<ServiceRecord> {
  const known = readServiceRecord(directory, 's3');
  if (known && isAlive(known)) {
    if (await s3Answers(`http://127.0.0.1:${known.port}/`, 5000)) return known;
    report(`S3 (pid ${known.pid}) runs but does not answer; starting it again.`);
    await stopProcess(known, 3000);
  } else if (known) {
    report('S3 had stopped; starting it again with its data.');
  }
  const binary = await ensureBinary(versitygwBinary, report);
  const wanted = known?.port ?? Number(process.env['MORTAR_S3_PORT'] ?? 7070);
  const port = await choosePort(wanted);
  if (wanted !== 0 && port !== wanted) report(`Port ${wanted} is busy; S3 listens on ${port}.`);
  const data = join(directory, 's3');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const credentials = s3Credentials(directory);
  const identity = await spawnService({
    service: 's3',
    directory,
    command: binary.path,
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
  });
  const record: ServiceRecord = {
    service: 's3',
    ...identity,
    port,
    version: binary.version,
    binary: binary.path,
    sha256: binary.sha256,
    startedAt: new Date().toISOString(),
  };
  writeServiceRecord(directory, record);
  return record;
}
