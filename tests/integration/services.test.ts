import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive, type ProcessIdentity } from '../../services/process-identity.js';

const program = fileURLToPath(new URL('../../bin/mortar.mjs', import.meta.url));

interface Shown {
  temporal: { address: string };
  s3: { endpoint: string };
  services: { temporal: ProcessIdentity; s3: ProcessIdentity };
}

let home: string;
let environment: NodeJS.ProcessEnv;
let blocker: Server;
let busyPort: number;

async function mortar(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [program, ...words], { env: environment, timeout: 600_000 });
}

async function up(): Promise<Shown & { stderr: string }> {
  const { stdout, stderr } = await mortar('up', '--no-worker', '--json');
  return { ...(JSON.parse(stdout) as Shown), stderr };
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mortar-services-'));
  blocker = createServer();
  busyPort = await new Promise<number>((resolve) => {
    blocker.listen(0, '127.0.0.1', () => {
      resolve((blocker.address() as { port: number }).port);
    });
  });
  environment = { ...process.env, MORTAR_HOME: home, MORTAR_TEMPORAL_PORT: String(busyPort), MORTAR_S3_PORT: '0' };
  for (const name of ['TEMPORAL_ADDRESS', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'MORTAR_BUCKET'])
    delete environment[name];
});

afterAll(async () => {
  await mortar('down');
  blocker.close();
  rmSync(home, { recursive: true, force: true });
});

test('services start beside a busy port, stay as they are, come back after kill -9 with their data, and go down', async () => {
  const first = await up();
  expect(first.stderr).toContain(`Port ${busyPort} is busy; Temporal listens on `);
  expect(statSync(join(home, 's3-credentials.json')).mode & 0o777).toBe(0o600);

  const second = await up();
  expect(second.services.temporal.pid).toBe(first.services.temporal.pid);
  expect(second.services.s3.pid).toBe(first.services.s3.pid);

  const started = await onServer(first.temporal.address, (client) =>
    client.workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId: 'kept', args: [] }),
  );

  process.kill(first.services.temporal.pid, 'SIGKILL');
  process.kill(first.services.s3.pid, 'SIGKILL');
  while (isAlive(first.services.temporal) || isAlive(first.services.s3)) await sleep(50);
  const third = await up();
  expect(third.services.temporal.pid).not.toBe(first.services.temporal.pid);
  expect(third.stderr).toContain('Temporal had stopped; starting it again with its data.');
  const kept = await onServer(third.temporal.address, (client) => client.workflow.getHandle('kept').describe());
  expect(kept.runId).toBe(started.firstExecutionRunId);

  await mortar('down');
  expect(isAlive(third.services.temporal)).toBe(false);
  expect(isAlive(third.services.s3)).toBe(false);
  expect((await mortar('down')).stderr).toBe('Nothing was running.\n');
});

test('a secret of the store stands on no command line', async () => {
  const shown = await up();
  const { secretAccessKey } = JSON.parse(readFileSync(join(home, 's3-credentials.json'), 'utf8')) as {
    secretAccessKey: string;
  };
  const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(shown.services.s3.pid)]);
  expect(stdout).toContain('versitygw');
  expect(stdout).not.toContain(secretAccessKey);
});

test('services listen on loopback only, in sessions of their own', async () => {
  const shown = await up();
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,sid=']);
  const sessions = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
  for (const { pid } of [shown.services.temporal, shown.services.s3]) {
    // Ctrl-C in a terminal reaches the processes of its own session only.
    expect(sessions.get(pid)).toBe(pid);
    const places = listening(pid);
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((place) => !/^(0100007F|0{24}01000000|0{16}FFFF00000100007F):/.test(place))).toEqual([]);
  }
});

/** Local addresses, in hexadecimal as /proc/net/tcp has them, on which a process listens. */
function listening(pid: number): string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      // 0A: LISTEN
      .filter(([, , , state, ...rest]) => state === '0A' && sockets.has(rest[5]))
      .map(([, place]) => place ?? ''),
  );
}

async function onServer<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
