import { rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Activity, ItemResult, Scalars } from '../activities/activity.js';
import { isFinal } from '../artifacts/item-index.js';
import { ItemSegments } from '../artifacts/item-segments.js';
import { jsonLines } from '../artifacts/json-lines.js';
import type { Store } from '../artifacts/open.js';
import { outputsOf } from '../recipe/declared-outputs.js';
import { UserError } from '../recipe/errors.js';
import type { ItemSplit, ShardInput, ShardResult } from '../workflows/control.js';
import { Checkpoint } from './checkpoint.js';
import type { Cores } from './cores.js';
import { openContext, scratchOf, type OpenContext } from './context.js';
import { declaredNames } from './environment.js';
import type { WorkOrder } from './order.js';
import type { Ports } from './ports.js';
import { Redactor } from './redactor.js';
import type { Registry } from './registry.js';
import { mapKeyOf } from './resolve.js';
import { shardName, splitItems, type ShardLine } from './split-items.js';
import { StageLog } from './stage-log.js';
import { storedResults } from './stored-results.js';

/** What a heartbeat carries. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly note?: string;
  /** Bad items. */
  readonly failed?: number;
  /** Of a shard: items of the stage, and those that were finished before it. */
  readonly stage?: { readonly total: number; readonly before: number };
}

/** How an execution speaks to whoever drives it. */
export interface Driver {
  readonly signal: AbortSignal;
  beat(progress: Progress): void;
}

interface Work {
  readonly order: WorkOrder;
  readonly activity: Activity;
  readonly opened: OpenContext;
  readonly redactor: Redactor;
  readonly startedAt: string;
  /** Settles when the key's document is in the store. */
  readonly described: Promise<void>;
}

type MapKind = Extract<Activity, { map: true | 'streamed' }>;

/** Does the work of stages. Knows no Temporal: the driver brings its signal and takes its heartbeats. */
export class StageExecutor {
  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
    private readonly ports: Ports,
    private readonly environment: NodeJS.ProcessEnv = process.env,
    /** Given where training has no device of its own. */
    private readonly cores?: Cores,
  ) {}

  /** A plain activity, from its inputs to the cache entry. */
  async execute(orderName: string, attempt: number, driver: Driver): Promise<void> {
    await this.#work(orderName, String(attempt), driver, {}, async ({ order, activity, opened, ...begun }) => {
      if (activity.map) throw new Error(`${activity.name} is a map`);
      if (await this.#isDone(order)) return;
      const scalars = await activity.run(opened.context);
      await this.#commit(order, activity, opened, scalars, { attempt, ...begun });
    });
  }

  /** Lists the items and writes the shards of those that are not finished yet. */
  async split(orderName: string, driver: Driver): Promise<ItemSplit> {
    return this.#work(orderName, 'split', driver, {}, async ({ order, activity, opened: { context }, redactor }) => {
      const map = requireMap(activity);
      if (await this.#isDone(order)) return { total: 0, finished: 0, subject: 0, shards: [] };
      const items = redactor.each(map.map === 'streamed' ? map.items(context) : await map.items(context));
      const split = await splitItems(this.store, order, mapKeyOf(order.document, map), items, context.directory);
      const { total, finished, shards } = split;
      context.log('info', `${total} items, ${total - finished} to do`, { shards: shards.length });
      return split;
    });
  }

  /** Works on one shard; whatever finishes is in the store within seconds. */
  async shard(input: ShardInput, driver: Driver): Promise<ShardResult> {
    const counts = { finished: 0, subject: 0, infrastructure: 0, unknown: 0 };
    const stage = { total: input.total, before: input.before };
    return this.#work(
      input.order,
      `${input.shard}.${input.attempt}`,
      driver,
      { stage },
      async ({ order, activity, opened, redactor }) => {
        const map = requireMap(activity);
        const bytes = await this.store.objects.get(shardName(order, input.shard));
        if (!bytes) throw new Error(`shard ${input.shard} of ${order.nodeId} is not in the store`);
        const open = new Map<string, ShardLine>();
        for (const line of jsonLines<ShardLine>(bytes, shardName(order, input.shard))) open.set(line.item.key, line);
        const items = [...open.values()].map(({ item }) => item);
        const checkpoint = new Checkpoint(
          new ItemSegments(this.store.objects, mapKeyOf(order.document, activity)),
          order.key,
          input.shard,
          input.attempt,
        );
        try {
          for await (const given of map.process(items, opened.context)) {
            const line = open.get(given.key);
            if (!line)
              throw new Error(
                `${activity.name} gave a result for ${given.key}, which it was not asked for or has given already`,
              );
            open.delete(given.key);
            const result = redactor.value(given);
            await checkpoint.add({ id: line.id, attempt: input.attempt, at: Date.now(), result });
            count(counts, result);
            if (!result.ok)
              opened.context.log('warn', `item ${result.key}: ${result.message}`, {
                class: result.class,
                code: result.code,
              });
            const failed = counts.subject + counts.infrastructure + counts.unknown;
            driver.beat({ done: items.length - open.size, total: items.length, failed, stage });
            if (input.allowance !== undefined && failed > input.allowance) return counts;
          }
        } finally {
          await checkpoint.flush();
        }
        driver.signal.throwIfAborted();
        await checkpoint.merge();
        const [forgotten] = open.keys();
        if (forgotten !== undefined)
          throw new Error(`${activity.name} gave no result for ${open.size} items, among them ${forgotten}`);
        return counts;
      },
    );
  }

  /** Puts the outputs together from the stored items, in the order of the input, and commits. */
  async assemble(orderName: string, attempt: number, driver: Driver): Promise<void> {
    await this.#work(orderName, `assemble.${attempt}`, driver, {}, async ({ order, activity, opened, ...begun }) => {
      const map = requireMap(activity);
      if (await this.#isDone(order)) return;
      const { context } = opened;
      const mapKey = mapKeyOf(order.document, map);
      await new ItemSegments(this.store.objects, mapKey).mergeSmall();
      const results = storedResults(this.store.objects, order, mapKey, context.directory);
      try {
        const scalars = await (map.map === 'streamed'
          ? map.assemble(results, context)
          : map.assemble(await collected(results), context));
        await this.#commit(order, activity, opened, scalars, { attempt, ...begun });
      } finally {
        await results.return(undefined);
      }
    });
  }

  /** A worker that is lost after it has committed cannot say so, and the stage is given to another one. */
  async #isDone({ key }: WorkOrder): Promise<boolean> {
    return (await this.store.stages.find(key)) !== undefined;
  }

  async #work<T>(
    orderName: string,
    part: string,
    driver: Driver,
    base: Partial<Progress>,
    work: (parts: Work) => Promise<T>,
  ): Promise<T> {
    return this.store.lease.hold(() => this.#leased(orderName, part, driver, base, work));
  }

  async #leased<T>(
    orderName: string,
    part: string,
    driver: Driver,
    base: Partial<Progress>,
    work: (parts: Work) => Promise<T>,
  ): Promise<T> {
    const startedAt = new Date().toISOString();
    const order = await this.#order(orderName);
    const { secret } = declaredNames([order.document.with, order.inputs]);
    const redactor = new Redactor([...secret].map((name) => this.environment[name] ?? ''));
    const log = new StageLog(this.store.objects, order.key, part, redactor);
    try {
      const activity = await this.registry.find(order.document);
      await this.#checkEnvironment(order, activity);
      const opened = await openContext({
        order,
        activity,
        store: this.store,
        ports: this.ports,
        environment: this.environment,
        signal: driver.signal,
        log,
        redactor,
        progress: (done, total, note) =>
          driver.beat({ ...base, done, total, ...(note ? { note: redactor.text(note) } : {}) }),
      });
      // Beside the work: it has to be there before the result is.
      const described = this.store.stages.writeKey(order.key, order.document);
      described.catch(() => undefined);
      const run = (): Promise<T> => work({ order, activity, opened, redactor, startedAt, described });
      // Only what keeps cores busy for long: training, and the items of maps.
      const heavy = activity.queue === 'gpu' || base.stage !== undefined;
      if (!this.cores || !heavy) return await run();
      const exclusive = activity.queue === 'gpu';
      const note = exclusive ? 'waits until the cores are free' : 'waits until training is done with the cores';
      return await this.cores.use(exclusive, driver.signal, run, () =>
        driver.beat({ ...base, done: 0, total: 0, note }),
      );
    } catch (error) {
      const failure = redactor.error(error);
      if (!driver.signal.aborted)
        log.write('error', failure.message, failure.stack ? { stack: failure.stack } : undefined);
      throw failure;
    } finally {
      await log.flush();
      // What could be resumed stays; an empty folder is no use to anybody.
      await rmdir(scratchOf(this.store.cache, order.key)).catch(() => undefined);
    }
  }

  async #order(name: string): Promise<WorkOrder> {
    const bytes = await this.store.objects.get(name);
    if (!bytes) throw new Error(`the work order ${name} is not in the store`);
    return JSON.parse(bytes.toString('utf8')) as WorkOrder;
  }

  /** The key says in what the work runs; a worker that has something else must not answer for it. */
  async #checkEnvironment(order: WorkOrder, activity: Activity): Promise<void> {
    const here = await environmentDigest(activity, this.ports);
    if (here === order.document.environment) return;
    throw new UserError(
      'environment-mismatch',
      `Stage ${order.nodeId} was planned for the sandbox ${JSON.stringify(order.document.environment)}, and this worker has ${String(here)}. ` +
        'Use the same image or system on all workers of the queue, or run the recipe again.',
    );
  }

  async #commit(
    order: WorkOrder,
    activity: Activity,
    { outputs, redactor }: OpenContext,
    scalars: Scalars,
    { attempt, startedAt, described }: { attempt: number } & Pick<Work, 'startedAt' | 'described'>,
  ): Promise<void> {
    const missing = Object.keys(outputsOf(activity, order.document.with)).filter((name) => !outputs.has(name));
    if (missing.length > 0) throw new Error(`${activity.name} ended without its output ${missing.join(', ')}`);
    this.store.lease.requireValid();
    await described;
    await this.store.stages.commit({
      key: order.key,
      outputs: Object.fromEntries(outputs),
      scalars: redactor.value(scalars),
      provenance: {
        run: order.runId,
        stage: order.nodeId,
        host: hostname(),
        attempt,
        deterministic: activity.isDeterministic?.(order.document.with) ?? activity.deterministic ?? true,
        startedAt,
        endedAt: new Date().toISOString(),
      },
    });
    await rm(scratchOf(this.store.cache, order.key), { recursive: true, force: true });
  }
}

/** Digest of what an activity's work runs in; null where it runs on the worker itself. */
export async function environmentDigest(activity: Activity, ports: Ports): Promise<string | null> {
  return activity.queue === 'sandbox' ? (await ports.sandbox()).rootDigest() : null;
}

function requireMap(activity: Activity): MapKind {
  if (!activity.map) throw new Error(`${activity.name} is no map`);
  return activity;
}

async function collected<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function count(
  counts: { finished: number; subject: number; infrastructure: number; unknown: number },
  result: ItemResult,
): void {
  if (isFinal(result)) counts.finished += 1;
  if (!result.ok) counts[result.class] += 1;
}
