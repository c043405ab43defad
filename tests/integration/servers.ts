import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporalBinary, versitygwBinary } from '../../services/binary.js';
import { temporalAnswers } from '../../services/temporal.js';
import { ensureBinary } from '../../services/ensure-binary.js';

/** A Temporal server, an S3 server and workers of a test's own, on free ports, in a folder that goes with them. */
export class TestServers {
  readonly #children = new Set<ChildProcess>();

  private constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async start(): Promise<TestServers> {
    const folder = mkdtempSync(join(tmpdir(), 'mortar-engine-'));
    const [temporal, s3] = [await freePort(), await freePort()];
    const servers = new TestServers(folder, {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      MORTAR_CACHE: join(folder, 'cache'),
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3}`,
      AWS_ACCESS_KEY_ID: 'test-access',
      AWS_SECRET_ACCESS_KEY: 'test-secret-key',
      MORTAR_BUCKET: 'engine',
      TRACE: join(folder, 'trace'),
      GATE: join(folder, 'gate'),
    });
    mkdirSync(join(folder, 'objects'));
    const [versitygw, temporalServer] = [
      await ensureBinary(versitygwBinary, console.error),
      await ensureBinary(temporalBinary, console.error),
    ];
    servers.#spawn(
      'versitygw',
      versitygw.path,
      ['--quiet', '--port', `127.0.0.1:${s3}`, 'posix', join(folder, 'objects')],
      {
        ROOT_ACCESS_KEY: 'test-access',
        ROOT_SECRET_KEY: 'test-secret-key',
      },
    );
    servers.#spawn('temporal', temporalServer.path, [
      ...[
        'server',
        'start-dev',
        '--headless',
        '--ip',
        '127.0.0.1',
        '--port',
        String(temporal),
        '--db-filename',
        join(folder, 'temporal.db'),
      ],
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1', '--log-level', 'error'],
    ]);
    try {
      await servers.until(async () => {
        const [storage, workflows] = await Promise.all([answers(s3), temporalAnswers(`127.0.0.1:${temporal}`)]);
        return storage && workflows;
      }, 'the servers to answer');
    } catch (error) {
      await servers.stop();
      throw error;
    }
    return servers;
  }

  /** A worker process of the compiled program. */
  async worker(environment: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const child = this.#spawn('worker', process.execPath, [join(import.meta.dirname, '../../dist/worker.js')], {
      MORTAR_ACTIVITIES: join(import.meta.dirname, '../fixtures/engine-activities.mjs'),
      ...environment,
    });
    let ready = false;
    child.stdout?.on('data', (text: Buffer) => (ready ||= text.toString().includes('"ready"')));
    await this.until(() => {
      if (child.exitCode !== null)
        throw new Error(`the worker ended with ${child.exitCode}; see ${join(this.folder, 'worker.log')}`);
      return Promise.resolve(ready);
    }, 'the worker to be ready');
    return child;
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

async function freePort(): Promise<number> {
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
