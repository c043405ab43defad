import type { BinarySpec } from './binary.js';
import { ensureBinary } from './ensure-binary.js';
import { choosePort } from './ports.js';
import { isAlive, stopProcess } from './process-identity.js';
import type { Report } from './report.js';
import { readServiceRecord, writeServiceRecord, type ServiceRecord } from './service-record.js';
import { spawnService, type ServiceCommand } from './spawn-service.js';

/** A development server: one a state folder, on a loopback port that it keeps. */
export interface DevelopmentService {
  readonly service: 'temporal' | 's3';
  /** In what is told. */
  readonly title: string;
  readonly binary: BinarySpec;
  /** Of its first start. 0: any that is free. */
  readonly port: number;
  readonly answers: (port: number) => Promise<boolean>;
  readonly launch: (place: Place) => Launch | Promise<Launch>;
}

export interface Place {
  readonly directory: string;
  readonly port: number;
  /** Of the program that is started. */
  readonly version: string;
  readonly known: ServiceRecord | undefined;
}

export interface Launch extends Pick<ServiceCommand, 'arguments' | 'environment' | 'healthy' | 'timeout'> {
  readonly uiPort?: number;
}

/** The development server of this state folder, started where it does not run. Called under the services lock. */
export async function ensureService(
  { service, title, binary: spec, port: first, answers, launch }: DevelopmentService,
  directory: string,
  report: Report,
): Promise<ServiceRecord> {
  const known = readServiceRecord(directory, service);
  if (known && isAlive(known)) {
    if (await answers(known.port)) return known;
    report(`${title} (pid ${known.pid}) runs but does not answer; starting it again.`);
    await stopProcess(known, 3000);
  } else if (known) {
    report(`${title} had stopped; starting it again with its data.`);
  }
  const binary = await ensureBinary(spec, report);
  const wanted = known?.port ?? first;
  const port = await choosePort(wanted);
  if (wanted !== 0 && port !== wanted) report(`Port ${wanted} is busy; ${title} listens on ${port}.`);
  const { uiPort, ...command } = await launch({ directory, port, version: binary.version, known });
  const identity = await spawnService({ service, directory, command: binary.path, ...command });
  const record: ServiceRecord = {
    service,
    ...identity,
    port,
    ...(uiPort === undefined ? {} : { uiPort }),
    version: binary.version,
    binary: binary.path,
    sha256: binary.sha256,
    startedAt: new Date().toISOString(),
  };
  writeServiceRecord(directory, record);
  return record;
}
