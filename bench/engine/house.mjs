// Services as `mortar up` starts them, a worker and a client, in a folder that goes with them.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { EngineClient } from '../../dist/engine/client/client.js';
import { stopProcess } from '../../dist/services/process-identity.js';
import { ensureS3 } from '../../dist/services/s3.js';
import { s3Credentials } from '../../dist/services/s3-credentials.js';
import { ensureTemporal } from '../../dist/services/temporal.js';

export class House {
  static async open() {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    const folder = mkdtempSync(join(tmpdir(), 'mortar-bench-'));
    Object.assign(process.env, { MORTAR_TEMPORAL_PORT: '0', MORTAR_S3_PORT: '0' });
    const services = [];
    try {
      services.push(await ensureTemporal(folder, console.error), await ensureS3(folder, console.error));
    } catch (error) {
      for (const service of services) await stopProcess(service, 3_000);
      throw error;
    }
    const [temporal, s3] = services;
    const credentials = s3Credentials(folder);
    const environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      MORTAR_CACHE: join(folder, 'cache'),
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3.port}`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      MORTAR_BUCKET: 'bench',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      TRACE: join(folder, 'trace'),
    };
    writeFileSync(environment.TRACE, '');
    const house = new House(folder, environment, services);
    // Services have a session of their own: a benchmark that is interrupted has to stop them itself.
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => void house.close().finally(() => process.exit(130)));
    try {
      house.client = await EngineClient.connect(environment);
    } catch (error) {
      await house.close();
      throw error;
    }
    return house;
  }

  constructor(folder, environment, services) {
    Object.assign(this, { folder, environment, services, workers: new Set() });
  }

  /** A worker process of the compiled program. */
  async worker(environment = {}) {
    const log = openSync(join(this.folder, 'worker.log'), 'a');
    const ready = join(this.folder, `ready-${this.workers.size}-${Date.now()}`);
    const program = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));
    const flags = (process.env.BENCH_WORKER_FLAGS ?? '').split(' ').filter(Boolean);
    const child = spawn(process.execPath, [...flags, program], {
      stdio: ['ignore', log, log],
      env: {
        ...this.environment,
        MORTAR_ACTIVITIES: fileURLToPath(new URL('./activities.mjs', import.meta.url)),
        MORTAR_READY_FILE: ready,
        ...environment,
      },
    });
    this.workers.add(child);
    await this.until(() => {
      if (child.exitCode !== null) throw new Error(readFileSync(join(this.folder, 'worker.log'), 'utf8'));
      return read(ready) !== '';
    }, 60_000);
    return child;
  }

  /** SIGKILL is what a machine that goes away looks like. */
  async kill(child, signal = 'SIGKILL') {
    this.workers.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  async until(condition, limit = 3_600_000, interval = 20) {
    const end = Date.now() + limit;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`waited ${limit / 1000} s in vain; see ${this.folder}/worker.log`);
      await sleep(interval);
    }
  }

  /** Starts a run and waits for its end, asking only the store's smallest object. Gives its id and what it took, in milliseconds. */
  async run(plan, options = {}) {
    const begun = performance.now();
    const run = await this.client.startRun({ plan, recipeText: '', window: 64, ...options });
    await this.until(async () => {
      const state = (await this.client.store.runs.state(run))?.state;
      if (state === 'held' || state === 'failed') throw new Error(`run ${run} is ${state}`);
      return state === 'succeeded';
    });
    return { run, took: performance.now() - begun };
  }

  /** What Temporal says of workflows. */
  async describe(...ids) {
    const connection = await Connection.connect({ address: this.environment.TEMPORAL_ADDRESS });
    const client = new Client({ connection });
    const described = await Promise.all(ids.map((id) => client.workflow.getHandle(id).describe()));
    await connection.close();
    return described;
  }

  /** Seconds of processor time that the worker and the services have used: what other programs on the machine do not change. */
  processorTime() {
    const [temporal, s3] = this.services;
    const [worker] = this.workers;
    return { worker: secondsOf(worker?.pid), temporal: secondsOf(temporal.pid), s3: secondsOf(s3.pid) };
  }

  trace() {
    return read(this.environment.TRACE).split('\n').filter(Boolean);
  }

  forget() {
    writeFileSync(this.environment.TRACE, '');
  }

  async close() {
    for (const worker of this.workers) await this.kill(worker, process.env.BENCH_WORKER_FLAGS ? 'SIGTERM' : 'SIGKILL');
    await this.client?.close();
    for (const service of this.services) await stopProcess(service, 3_000);
    if (!process.env.BENCH_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}

function secondsOf(pid) {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
