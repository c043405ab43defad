import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineClient, type RunStatus } from '../../engine/client/client.js';
import { messageOf } from '../../recipe/errors.js';
import type { Plan } from '../../recipe/plan.js';
import { TestServers } from '../integration/servers.js';
import { Evidence } from './evidence.js';
import { WORKERS, type Fault } from './faults.js';
import { S3Proxy } from './s3-proxy.js';
import { SmallDisk } from './small-disk.js';
import { Supervisor } from './supervisor.js';
import { TcpProxy } from './tcp-proxy.js';

/** Under faults that come all the while. */
const LONGEST_RUN = 900_000;

/** An engine that is disturbed: real servers behind proxies, small disks, workers that are started again when they end. */
export class ChaosHouse {
  readonly supervisors: Supervisor[] = [];
  readonly evidence: Evidence;
  /** Writes at which all workers were killed. */
  aimed = 0;
  /** Ends of faults that have not ended yet, by what they disturb. */
  readonly #under = new Map<string, Promise<void>>();

  private constructor(
    readonly servers: TestServers,
    readonly client: EngineClient,
    readonly s3: S3Proxy,
    readonly temporal: readonly TcpProxy[],
    readonly storeDisk: SmallDisk | null,
    readonly cacheDisk: SmallDisk | null,
  ) {
    this.evidence = new Evidence(join(servers.objects, 'engine'), servers.environment['TRACE'] ?? '');
  }

  static async open(folder: string, seed: number, worker: NodeJS.ProcessEnv): Promise<ChaosHouse> {
    const storeDisk = SmallDisk.mount(join(folder, 'store'), 192);
    const cacheDisk = SmallDisk.mount(join(folder, 'cache'), 96);
    const objects = join(folder, 'store', 'objects');
    const servers = await TestServers.start({ objects, cache: join(folder, 'driver') });
    const { TEMPORAL_ADDRESS = '', AWS_ENDPOINT_URL_S3 = '' } = servers.environment;
    const s3 = await S3Proxy.start(AWS_ENDPOINT_URL_S3, seed);
    const temporal = await Promise.all(Array.from({ length: WORKERS }, () => TcpProxy.start(TEMPORAL_ADDRESS)));
    const client = await EngineClient.connect(servers.environment);
    const house = new ChaosHouse(servers, client, s3, temporal, storeDisk, cacheDisk);
    for (const [number, proxy] of temporal.entries())
      house.supervisors.push(
        new Supervisor(servers, {
          MORTAR_ACTIVITIES: join(import.meta.dirname, '../fixtures/chaos-activities.mjs'),
          MORTAR_SLOTS: 'cpu=3,sandbox=1',
          MORTAR_CACHE: join(folder, 'cache', String(number)),
          TEMPORAL_ADDRESS: proxy.address,
          AWS_ENDPOINT_URL_S3: s3.url,
          ...worker,
        }),
      );
    return house;
  }

  /** Begins a fault once an earlier one of the same part has ended, and lets it end by itself. False where it cannot be had here. */
  async disturb(fault: Fault): Promise<boolean> {
    const part = partOf(fault);
    await this.#under.get(part);
    const end = await this.#begin(fault);
    if (!end) return false;
    const ended = sleep(fault.lasts).then(end);
    ended.catch(() => undefined);
    this.#under.set(part, ended);
    return true;
  }

  /** Waits until nothing is disturbed any more. */
  async calm(): Promise<void> {
    await Promise.all(this.#under.values());
  }

  /** Drives a run to its end as its owner would: approves what waits for it, tries again what is held on purpose. */
  async drive(run: string, client = this.client): Promise<RunStatus> {
    const end = Date.now() + LONGEST_RUN;
    for (;;) {
      const status = await patiently(() => client.runStatus(run));
      if (status && status.state !== 'running' && status.state !== 'held') return status;
      for (const { id, state, failure } of status?.nodes ?? []) {
        if (state !== 'held') continue;
        if (failure?.class === 'expect' || failure?.class === 'approval')
          await patiently(() => client.approve(run, id));
        else if (id === 'held' && failure?.class === 'bug') await patiently(() => client.retry(run, id));
        else throw new Error(`stage ${id} of run ${run} is held, which nobody asked for: ${JSON.stringify(failure)}`);
      }
      if (Date.now() > end) throw new Error(`run ${run} does not end: ${JSON.stringify(status?.nodes)}`);
      await sleep(500);
    }
  }

  async start(plan: Plan, runId: string, client = this.client): Promise<string> {
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        return await client.startRun({ plan, runId, recipeText: 'chaos', watch: 5_000 });
      } catch (error) {
        // The record may be there, and the run may even have begun, without our having been told.
        const present = /already a run|already started/.test(messageOf(error));
        if (present && (await patiently(() => this.#beginAgain(runId, client)))) return runId;
        if (Date.now() > end) throw error;
        await sleep(500);
      }
    }
  }

  /** True where the run goes on: it was started now, or had begun before. */
  async #beginAgain(runId: string, client: EngineClient): Promise<boolean> {
    try {
      await client.retry(runId);
    } catch (error) {
      if (!/Cannot retry/.test(messageOf(error))) throw error;
    }
    return true;
  }

  async close(): Promise<void> {
    this.evidence.close();
    await Promise.all(this.supervisors.map((supervisor) => supervisor.close()));
    await this.client.close();
    await Promise.all([this.s3.close(), ...this.temporal.map((proxy) => proxy.close())]);
    await this.servers.stop();
    this.storeDisk?.unmount();
    this.cacheDisk?.unmount();
  }

  async #begin(fault: Fault): Promise<(() => void | Promise<void>) | undefined> {
    const { servers } = this;
    switch (fault.kind) {
      case 'kill-worker':
      case 'stop-worker': {
        const signal = fault.kind === 'kill-worker' ? 'SIGKILL' : 'SIGTERM';
        const ended = this.supervisors[fault.worker]?.end(signal, fault.lasts);
        return () => ended;
      }
      case 'kill-at-commit':
      case 'kill-at-flush':
        this.s3.atNextWrite(fault.kind === 'kill-at-commit' ? '/engine/cache/' : '/engine/items/', () => {
          this.aimed += 1;
          for (const supervisor of this.supervisors) void supervisor.end('SIGKILL', 100);
        });
        // It waits for its moment, however long that takes.
        return () => undefined;
      case 'kill-temporal':
        if (servers.temporal) await servers.kill(servers.temporal, 'SIGKILL');
        return () => servers.startTemporal();
      case 'kill-s3':
        if (servers.s3) await servers.kill(servers.s3, 'SIGKILL');
        return () => servers.startS3();
      case 's3-error':
      case 's3-slow':
      case 's3-torn':
      case 's3-lost-answer':
      case 's3-silent':
        this.s3.begin(fault.kind, fault.share);
        return () => this.s3.end();
      case 'reset-temporal':
        this.temporal[fault.worker]?.reset();
        return () => this.temporal[fault.worker]?.restore();
      case 'silence-temporal':
        this.temporal[fault.worker]?.silence();
        return () => this.temporal[fault.worker]?.restore();
      case 'fill-store':
      case 'fill-cache': {
        const disk = fault.kind === 'fill-store' ? this.storeDisk : this.cacheDisk;
        disk?.fill();
        return disk ? () => disk.free() : undefined;
      }
    }
  }
}

/** Two faults of one part cannot be under way at once. */
function partOf(fault: Fault): string {
  switch (fault.kind) {
    case 'kill-worker':
    case 'stop-worker':
      return `worker ${fault.worker}`;
    case 'reset-temporal':
    case 'silence-temporal':
      return `temporal of ${fault.worker}`;
    case 's3-error':
    case 's3-slow':
    case 's3-torn':
    case 's3-lost-answer':
    case 's3-silent':
      return 's3 proxy';
    case 'kill-at-commit':
    case 'kill-at-flush':
      return 'writes';
    case 'kill-temporal':
    case 'kill-s3':
    case 'fill-store':
    case 'fill-cache':
      return fault.kind;
  }
}

/** Undefined where a service does not answer, or the run has gone on meanwhile: asked again by whoever loops. */
async function patiently<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
