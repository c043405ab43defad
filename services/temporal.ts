import { join } from 'node:path';
import { Connection as TemporalConnection } from '@temporalio/client';
import { temporalBinary, temporalServerVersion } from './binary.js';
import { type DevelopmentService, type Launch, type Place, ensureService } from './ensure-service.js';
import { choosePort, isPortFree } from './ports.js';
import type { Report } from './report.js';
import type { ServiceRecord } from './service-record.js';

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

export function ensureTemporal(directory: string, report: Report): Promise<ServiceRecord> {
  const service: DevelopmentService = {
    service: 'temporal',
    title: 'Temporal',
    binary: temporalBinary,
    port: Number(process.env['MORTAR_TEMPORAL_PORT'] ?? 7233),
    answers: (port) => temporalAnswers(`127.0.0.1:${port}`, 5000),
    launch,
  };
  return ensureService(service, directory, report);
}

async function launch({ directory, port, version, known }: Place): Promise<Launch> {
  const wantedUi = known?.uiPort ?? port + 1000;
  const uiPort = wantedUi < 65_536 && (await isPortFree(wantedUi)) ? wantedUi : await choosePort(0);
  return {
    uiPort,
    arguments: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      // A newer server upgrades the schema of its file, so each version has its own.
      ...['--db-filename', join(directory, `temporal-${temporalServerVersion(version)}.db`), '--log-level', 'warn'],
      // The shipped 20 polls a second delay every step of a workflow by about 80 ms.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
    ],
    healthy: () => namespaceReady(`127.0.0.1:${port}`),
    timeout: 60_000,
  };
}
