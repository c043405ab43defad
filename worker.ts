import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Activity } from './activities/activity.js';
import { hasConditionalReplacement, requireConditionalWrites } from './artifacts/conditional-writes.js';
import { openStore } from './artifacts/open.js';
import { codeFromStore } from './engine/modules/activity-code.js';
import { controlActivities } from './engine/control/control.js';
import { Cores } from './engine/stage/cores.js';
import { DirectExecutor } from './engine/stage/direct-executor.js';
import { StageExecutor } from './engine/stage/executor.js';
import { CONTROL_QUEUE } from './engine/names.js';
import { OrderBook } from './engine/orders/order-book.js';
import { Ports, type PortFactories } from './engine/ports.js';
import { importActivities, Registry } from './engine/modules/registry.js';
import { ensureSearchAttributes } from './engine/client/search-attributes.js';
import { DEFAULT_SLOTS, readSlots } from './engine/slots.js';
import { stageActivities } from './engine/stage/stage-activities.js';
import { StageWork } from './engine/stage/stage-work.js';
import { connectTemporal, temporalSettings, temporalUnreachable } from './engine/temporal.js';
import { workerIdentity } from './engine/worker-identity.js';
import { workflowBundle } from './engine/workflow-bundle.js';

export interface WorkerOptions {
  readonly activities: Iterable<Activity>;
  readonly ports?: PortFactories;
  /** Stages (or shards) at once, by queue; a queue that is not named is not served. @default { cpu: 2, sandbox: 2, gpu: 1 } */
  readonly slots?: Readonly<Record<string, number>>;
  /** Shards of one stage at once. @default 2 */
  readonly shards?: number;
  /** Milliseconds that running stages get to end by themselves when the worker is told to stop. @default 5000 */
  readonly grace?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface RunningWorker {
  readonly queues: readonly string[];
  /** Ends when the worker has drained; fails when it broke. */
  readonly done: Promise<void>;
  /** Takes no more work, lets running stages end or stop, and waits for that. */
  stop(): Promise<void>;
}

/** Binds workflows and activities to task queues. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const environment = options.environment ?? process.env;
  const settings = temporalSettings(environment);
  const store = await openStore({ environment });
  // A store may have lost its manners since its first use (another server, a proxy): results would overwrite each other unseen.
  const direct = await requireConditionalWrites(store.objects)
    .then(() => hasConditionalReplacement(store.objects))
    .catch((error: unknown) => {
      store.close();
      throw error;
    });
  const client = await connectTemporal(environment);
  const connection: NativeConnection = await NativeConnection.connect(settings.options).catch((error: unknown) => {
    throw temporalUnreachable(settings.address, error);
  });
  const registry = new Registry(options.activities, codeFromStore(store));
  const ports = new Ports(options.ports);
  const orders = new OrderBook(store.objects);
  const cores = existsSync('/dev/nvidia0') ? undefined : new Cores();
  const executor = new StageExecutor(new StageWork(store, registry, ports, environment, cores), orders);
  const searchable = await ensureSearchAttributes(client);
  const { shards } = options;
  const control = controlActivities({ store, client, registry, ports, orders, shards, searchable, direct });
  const stages = stageActivities(executor, new DirectExecutor(executor, orders, control.notify), async (runId) => {
    const { state } = (await store.runs.state(runId)) ?? { state: 'running' };
    return state === 'running' || state === 'held';
  });
  const slots = Object.entries(options.slots ?? DEFAULT_SLOTS).filter(([, count]) => count > 0);
  const queues = [CONTROL_QUEUE, ...slots.map(([queue]) => queue)];
  const common = {
    connection,
    identity: workerIdentity(queues),
    namespace: settings.namespace,
    shutdownGraceTime: options.grace ?? '5s',
    shutdownForceTime: '40s',
    // Progress and cancellation travel on heartbeats.
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: CONTROL_QUEUE,
      workflowBundle: { codePath: await workflowBundle(store.cache) },
      activities: { ...control, splitItems: stages.splitItems },
      maxConcurrentActivityTaskExecutions: 16,
      maxConcurrentWorkflowTaskExecutions: 16,
      maxCachedWorkflows: 300,
    }),
    ...slots.map(([queue, count]) =>
      Worker.create({
        ...common,
        taskQueue: queue,
        activities: { ...stages },
        maxConcurrentActivityTaskExecutions: count,
      }),
    ),
  ]);
  const stopAll = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const done = Promise.all(
    // One worker that breaks takes the others with it: a process that serves half of its queues helps nobody.
    workers.map((worker) => worker.run().finally(stopAll)),
  )
    .then(() => undefined)
    .finally(async () => {
      await connection.close();
      await client.connection.close();
      await store.lease.close().catch(() => undefined);
      store.close();
    });
  return {
    queues,
    done,
    stop: async () => {
      stopAll();
      await done;
    },
  };
}

/** The product's ports; each module is loaded when its port is first used. */
export function productPorts(): PortFactories {
  return {
    sandbox: async () => (await import('./sandbox/index.js')).createSandbox(),
    models: async () => (await import('./models/index.js')).createModels(),
    trainer: async () => (await import('./trainer/index.js')).createTrainer(),
  };
}

/**
 * Runs a worker until SIGTERM or SIGINT. MORTAR_ACTIVITIES: further activity modules, separated by ':'. MORTAR_SLOTS: `cpu=2,gpu=1`.
 * MORTAR_SHARDS: shards of one stage at once. MORTAR_READY_FILE: written when it serves.
 */
export async function main(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  // Said once by `mortar doctor`, not in every worker's log.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
  const extra = await importActivities((environment['MORTAR_ACTIVITIES'] ?? '').split(':').filter(Boolean));
  const worker = await startWorker({
    activities: [...(await productActivities()), ...extra],
    ports: productPorts(),
    slots: readSlots(environment['MORTAR_SLOTS']),
    shards: environment['MORTAR_SHARDS'] ? Number(environment['MORTAR_SHARDS']) : undefined,
    environment,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void worker.stop());
  console.log(JSON.stringify({ event: 'ready', pid: process.pid, queues: worker.queues }));
  const readyFile = environment['MORTAR_READY_FILE'];
  if (readyFile) await writeFile(readyFile, String(process.pid));
  try {
    await worker.done;
  } finally {
    // Model servers are children of this process; nobody else would stop them.
    const { closeModels } = await import('./models/index.js');
    await closeModels();
  }
}

async function productActivities(): Promise<Iterable<Activity>> {
  const { activities } = (await import(new URL('./activities/registry.js', import.meta.url).href)) as {
    activities: Iterable<Activity>;
  };
  return activities;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(
        error instanceof Error && ['UserError', 'InfrastructureError'].includes(error.name) ? error.message : error,
      );
      process.exit(1);
    },
  );
}
