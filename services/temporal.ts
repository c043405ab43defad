import { join } from 'node:path';
import { Connection as TemporalConnection } from '@temporalio/client';
import { temporalBinary, temporalServerVersion } from './binary.js';
import { ensureBinary } from './ensure-binary.js';
import { choosePort, isPortFree } from './ports.js';
import { isAlive, stopProcess } from './process-identity.js';
import type { Report } from './report.js';
import { readServiceRecord, writeServiceRecord, type ServiceRecord } from './service-record.js';
import { spawnService } from './spawn-service.js';

/** Whether a frontend answers at the address within the time. */
export async function temporalAnswers(address: string, timeoutMilliseconds = 1500): Promise<boolean> {
  try {
    const connection = await TemporalConnection.connect({ address, connectTimeout: timeoutMilliseconds });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/** Whether the namespace can be used: a server answers a little before its namespaces are there. */
async function namespaceReady(address: string): Promise<boolean> {
  try {
    const connection = await TemporalConnection.connect({ address, connectTimeout: 1000 });
    try {
      await connection.withDeadline(Date.now() + 1500, () =>
        connection.workflowService.describeNamespace({ namespace: 'default' }),
      );
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/** The development server of this state folder, started where it does not run. Called under the services lock. */
export async function ensureTemporal(directory: string, report: Report): Promise<ServiceRecord> {
  const known = readServiceRecord(directory, 'temporal');
  if (known && isAlive(known)) {
    if (await temporalAnswers(`127.0.0.1:${known.port}`, 5000)) return known;
    report(`Temporal (pid ${known.pid}) runs but does not answer; starting it again.`);
    await stopProcess(known, 3000);
  } else if (known) {
    report('Temporal had stopped; starting it again with its data.');
  }
  const binary = await ensureBinary(temporalBinary, report);
  const wanted = known?.port ?? Number(process.env['MORTAR_TEMPORAL_PORT'] ?? 7233);
  const port = await choosePort(wanted);
  if (wanted !== 0 && port !== wanted) report(`Port ${wanted} is busy; Temporal listens on ${port}.`);
  const wantedUi = known?.uiPort ?? port + 1000;
  const uiPort = wantedUi < 65_536 && (await isPortFree(wantedUi)) ? wantedUi : await choosePort(0);
  const serverVersion = temporalServerVersion(binary.version);
  const identity = await spawnService({
    service: 'temporal',
    directory,
    command: binary.path,
    arguments: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      // A newer server upgrades the schema of its file, so each version has its own.
      ...['--db-filename', join(directory, `temporal-${serverVersion}.db`), '--log-level', 'warn'],
      // The shipped 20 polls a second delay every step of a workflow by about 80 ms.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
    ],
    healthy: () => namespaceReady(`127.0.0.1:${port}`),
    timeout: 60_000,
  });
  const record: ServiceRecord = {
    service: 'temporal',
    ...identity,
    port,
    uiPort,
    version: binary.version,
    binary: binary.path,
    sha256: binary.sha256,
    startedAt: new Date().toISOString(),
  };
  writeServiceRecord(directory, record);
  return record;
}
