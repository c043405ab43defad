import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporalBinary, versitygwBinary } from '../../services/binary.js';
import { temporalAnswers } from '../../services/temporal.js';
import { ensureBinary } from '../../services/ensure-binary.js';

interface Folders {
  readonly objects?: string;
  readonly cache?: string;
}

/** A Temporal server, an S3 server and workers of a test's own, on free ports, in a folder that goes with them. */
export class TestServers {
  readonly #children = new Set<ChildProcess>();

  private constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** @param folders for objects and the cache of workers, where they are to lie elsewhere (on a disk of their own) */
  static async start(folders: Folders = {}): Promise<TestServers> {
    // Another process may take a port between our look and the server's: what fails again fails for another cause.
    return TestServers.#start(folders).catch(() => TestServers.#start(folders));
  }

  static async #start(folders: Folders): Promise<TestServers> {
    const folder = mkdtempSync(join(tmpdir(), 'mortar-engine-'));
    const [temporal, s3] = [await freePort(), await freePort()];
    const servers = new TestServers(folder, {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      MORTAR_UV: process.env['MORTAR_UV'],
      MORTAR_BWRAP: process.env['MORTAR_BWRAP'],
      MORTAR_CACHE: folders.cache ?? join(folder, 'cache'),
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3}`,
      AWS_ACCESS_KEY_ID: 'test-access',
      AWS_SECRET_ACCESS_KEY: 'test-secret-key',
      MORTAR_BUCKET: 'engine',
      TRACE: join(folder, 'trace'),
      GATE: join(folder, 'gate'),
    });
    servers.objects = folders.objects ?? join(folder, 'objects');
    mkdirSync(servers.objects, { recursive: true });
    try {
      await Promise.all([servers.startS3(), servers.startTemporal()]);
    } catch (error) {
      await servers.stop();
      throw error;
    }
    return servers;
  }

  /** Folder of the S3 server's buckets: an object is a file of its name. */
  objects = '';
  /** The servers' present processes. */
  s3: ChildProcess | undefined;
  temporal: ChildProcess | undefined;

  /** The S3 server, on its port and its data; also after it was killed. */
  async startS3(): Promise<void> {
    const { path } = await ensureBinary(versitygwBinary, console.error);
    const { host, port } = new URL(this.environment['AWS_ENDPOINT_URL_S3'] ?? '');
    this.s3 = this.#spawn('versitygw', path, ['--quiet', '--port', host, 'posix', this.objects], {
      ROOT_ACCESS_KEY: 'test-access',
      ROOT_SECRET_KEY: 'test-secret-key',
    });
    await this.#untilServes(this.s3, () => answers(Number(port)), 'the S3 server');
  }

  /** The Temporal server, on its port and its database; also after it was killed. */
  async startTemporal(): Promise<void> {
    const { path } = await ensureBinary(temporalBinary, console.error);
    const address = this.environment['TEMPORAL_ADDRESS'] ?? '';
    this.temporal = this.#spawn('temporal', path, [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', address.split(':')[1] ?? ''],
      ...['--db-filename', join(this.folder, 'temporal.db'), '--log-level', 'error'],
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
    ]);
    await this.#untilServes(this.temporal, () => temporalAnswers(address), 'Temporal');
  }

  /** A worker process of the compiled program, when it is ready. */
  async worker(environment: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const { child, ready } = this.launch(environment);
    await ready;
    return child;
  }

  /** The same, as soon as it is started. */
  launch(environment: NodeJS.ProcessEnv = {}): { child: ChildProcess; ready: Promise<void> } {
    const child = this.#spawn('worker', process.execPath, [join(import.meta.dirname, '../../dist/worker.js')], {
      MORTAR_ACTIVITIES: join(import.meta.dirname, '../fixtures/engine-activities.mjs'),
      ...environment,
    });
    let said = false;
    child.stdout?.on('data', (text: Buffer) => (said ||= text.toString().includes('"ready"')));
    const ready = this.until(() => {
      const end = child.exitCode ?? child.signalCode;
      if (end !== null) throw new Error(`the worker ended with ${end}; see ${join(this.folder, 'worker.log')}`);
      return Promise.resolve(said);
    }, 'the worker to be ready');
    return { child, ready };
  }

  async kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await exited;
    clearTimeout(late);
    this.#children.delete(child);
  }

  async until(condition: () => Promise<boolean>, what: string, limit = 60_000): Promise<void> {
    const end = Date.now() + limit;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`waited ${limit / 1000} s in vain for ${what}`);
      await sleep(100);
    }
  }

  async #untilServes(server: ChildProcess, answers: () => Promise<boolean>, name: string): Promise<void> {
    await this.until(async () => {
      const end = server.exitCode ?? server.signalCode;
      if (end !== null) throw new Error(`${name} ended with ${end} while it started`);
      return answers();
    }, `${name} to answer`);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.kill(child, 'SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(name: string, program: string, given: string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const child = spawn(program, given, {
      stdio: ['ignore', name === 'worker' ? 'pipe' : log, log],
      env: { ...this.environment, ...environment },
    });
    this.#children.add(child);
    return child;
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function answers(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
