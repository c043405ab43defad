import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../recipe/errors.js';
import { requireDiskSpace } from './disk-space.js';
import { identify, isAlive, stopProcess, type ProcessIdentity } from './process-identity.js';
import type { ServiceName } from './service-record.js';

export interface ServiceCommand {
  readonly service: ServiceName;
  readonly directory: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Answers once the service can be used. */
  readonly healthy: () => Promise<boolean>;
  /** Milliseconds. */
  readonly timeout: number;
}

export function logPath(directory: string, service: ServiceName): string {
  return join(directory, `${service}.log`);
}

/**
 * Starts a service in a process session of its own, so that Ctrl-C in this terminal does not reach it, and waits for its health.
 * @throws UserError `service-failed` with the end of its log
 */
export async function spawnService(spec: ServiceCommand): Promise<ProcessIdentity> {
  mkdirSync(spec.directory, { recursive: true, mode: 0o700 });
  const log = openSync(logPath(spec.directory, spec.service), 'a', 0o600);
  const child = spawn(spec.command, spec.arguments, {
    cwd: spec.directory,
    detached: true,
    stdio: ['ignore', log, log],
    env: spec.environment ?? process.env,
  });
  closeSync(log);
  const spawnFailure = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
  });
  child.unref();
  if (child.pid === undefined) throw failed(spec, `could not be started: ${await spawnFailure}`);
  const identity = identify(child.pid);
  const deadline = Date.now() + spec.timeout;
  while (Date.now() < deadline) {
    if (await spec.healthy()) return identity;
    if (!isAlive(identity)) throw failed(spec, 'ended while it started');
    await sleep(100);
  }
  await stopProcess(identity, 2000);
  throw failed(spec, `did not answer within ${spec.timeout / 1000} s`);
}

function failed(spec: ServiceCommand, what: string): UserError {
  requireDiskSpace(spec.directory);
  const log = logPath(spec.directory, spec.service);
  const end = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-6).join('\n  ');
  return new UserError(
    'service-failed',
    `The ${spec.service} service ${what}. The end of ${log}:\n  ${end}\nMend what the log says, then run: mortar up`,
  );
}
