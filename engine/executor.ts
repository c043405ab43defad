import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Activity, ItemResult, MapItem, Scalars } from '../activities/activity.js';
import { hexOf } from '../artifacts/digest.js';
import { isFinal, ItemSegments, type StoredItem } from '../artifacts/item-segments.js';
import { jsonLines } from '../artifacts/manifests.js';
import type { Store } from '../artifacts/open.js';
import { digestOf } from '../recipe/canonical.js';
import { UserError } from '../recipe/errors.js';
import type { ItemSplit, ShardInput, ShardResult } from '../workflows/control.js';
import { shard as cutIntoShards } from '../workflows/shards.js';
import { Checkpoint } from './checkpoint.js';
import type { Cores } from './cores.js';
import { openContext, scratchOf, type OpenContext } from './context.js';
import { declaredNames, redactor } from './environment.js';
import type { WorkOrder } from './order.js';
import type { Ports } from './ports.js';
import type { Registry } from './registry.js';
import { mapKeyOf } from './resolve.js';
import { StageLog } from './stage-log.js';

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

interface ShardLine {
  readonly id: string;
  readonly item: MapItem;
}

type MapKind = Extract<Activity, { map: true }>;

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
    await this.#work(orderName, String(attempt), driver, {}, async ({ order, activity, opened, startedAt }) => {
      if (activity.map) throw new Error(`${activity.name} is a map`);
      const scalars = await activity.run(opened.context);
      await this.#commit(order, activity, opened, scalars, { attempt, startedAt });
    });
  }

  /** Lists the items and writes the shards of those that are not finished yet. */
  async split(orderName: string, driver: Driver): Promise<ItemSplit> {
    return this.#work(orderName, 'split', driver, {}, async ({ order, activity, opened }) => {
      const map = requireMap(activity);
      const mapKey = mapKeyOf(order.document, activity);
      const items = await map.items(opened.context);
      const seen = new Set<string>();
      const lines: ShardLine[] = items.map((item) => {
        if (seen.has(item.key)) throw new Error(`${activity.name} lists the item ${item.key} twice`);
        seen.add(item.key);
        return { id: digestOf([mapKey, item.key, item.value]), item };
      });
      const stored = await new ItemSegments(this.store.objects, mapKey).load();
      const left: (ShardLine & { group?: string })[] = [];
      let subject = 0;
      for (const line of lines) {
        const before = stored.get(line.id)?.result;
        if (!before || !isFinal(before)) left.push({ ...line, group: line.item.group });
        else if (!before.ok) subject += 1;
      }
      const shards = cutIntoShards(left);
      await this.store.objects.put(
        itemsName(order),
        lines.map(({ id, item }) => `${JSON.stringify({ id, key: item.key })}\n`).join(''),
      );
      for (const [number, lines] of shards.entries()) {
        await this.store.objects.put(
          shardName(order, number),
          lines.map(({ id, item }) => `${JSON.stringify({ id, item })}\n`).join(''),
        );
      }
      opened.context.log('info', `${lines.length} items, ${left.length} to do`, { shards: shards.length });
      return {
        total: lines.length,
        finished: lines.length - left.length,
        subject,
        shards: shards.map(({ length }) => length),
      };
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
      async ({ order, activity, opened }) => {
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
          for await (const result of map.process(items, opened.context)) {
            const line = open.get(result.key);
            if (!line)
              throw new Error(
                `${activity.name} gave a result for ${result.key}, which it was not asked for or has given already`,
              );
            open.delete(result.key);
            await checkpoint.add({ id: line.id, attempt: input.attempt, result });
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
        const [forgotten] = open.keys();
        if (forgotten !== undefined)
          throw new Error(`${activity.name} gave no result for ${open.size} items, among them ${forgotten}`);
        return counts;
      },
    );
  }

  /** Puts the outputs together from the stored items, in the order of the input, and commits. */
  async assemble(orderName: string, attempt: number, driver: Driver): Promise<void> {
    await this.#work(orderName, `assemble.${attempt}`, driver, {}, async ({ order, activity, opened, startedAt }) => {
      const map = requireMap(activity);
      const bytes = await this.store.objects.get(itemsName(order));
      if (!bytes) throw new Error(`the items of ${order.nodeId} are not in the store`);
      const stored = await new ItemSegments(this.store.objects, mapKeyOf(order.document, activity)).load();
      const results: ItemResult[] = [];
      for (const { id, key } of jsonLines<{ id: string; key: string }>(bytes, itemsName(order))) {
        const item: StoredItem | undefined = stored.get(id);
        if (!item) throw new Error(`item ${key} of ${order.nodeId} has no stored result`);
        results.push(item.result);
      }
      const scalars = await map.assemble(results, opened.context);
      await this.#commit(order, activity, opened, scalars, { attempt, startedAt });
    });
  }

  async #work<T>(
    orderName: string,
    part: string,
    driver: Driver,
    base: Partial<Progress>,
    work: (parts: { order: WorkOrder; activity: Activity; opened: OpenContext; startedAt: string }) => Promise<T>,
  ): Promise<T> {
    const startedAt = new Date().toISOString();
    const order = await this.#order(orderName);
    const secrets = [...declaredNames([order.document.with, order.inputs]).secret].map(
      (name) => this.environment[name] ?? '',
    );
    const redact = redactor(secrets);
    const log = new StageLog(this.store.objects, order.key, part, redact);
    try {
      const activity = this.registry.get(order.document.activity, order.document.version);
      await this.#checkEnvironment(order, activity);
      const opened = await openContext({
        order,
        activity,
        store: this.store,
        ports: this.ports,
        environment: this.environment,
        signal: driver.signal,
        log,
        progress: (done, total, note) => driver.beat({ ...base, done, total, ...(note ? { note: redact(note) } : {}) }),
      });
      const run = (): Promise<T> => work({ order, activity, opened, startedAt });
      // Only what keeps cores busy for long: training, and the items of maps.
      const heavy = activity.queue === 'gpu' || base.stage !== undefined;
      if (!this.cores || !heavy) return await run();
      const exclusive = activity.queue === 'gpu';
      const note = exclusive ? 'waits until the cores are free' : 'waits until training is done with the cores';
      return await this.cores.use(exclusive, driver.signal, run, () =>
        driver.beat({ ...base, done: 0, total: 0, note }),
      );
    } catch (error) {
      const failure = redactError(error, redact);
      if (!driver.signal.aborted)
        log.write('error', failure.message, failure.stack ? { stack: failure.stack } : undefined);
      throw failure;
    } finally {
      await log.flush();
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
    { outputs }: OpenContext,
    scalars: Scalars,
    { attempt, startedAt }: { attempt: number; startedAt: string },
  ): Promise<void> {
    const missing = Object.keys(activity.outputs).filter((name) => !outputs.has(name));
    if (missing.length > 0) throw new Error(`${activity.name} ended without its output ${missing.join(', ')}`);
    await this.store.stages.writeKey(order.key, order.document);
    await this.store.stages.commit({
      key: order.key,
      outputs: Object.fromEntries(outputs),
      scalars,
      provenance: {
        run: order.runId,
        stage: order.nodeId,
        host: hostname(),
        attempt,
        deterministic: activity.deterministic ?? true,
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

function count(
  counts: { finished: number; subject: number; infrastructure: number; unknown: number },
  result: ItemResult,
): void {
  if (isFinal(result)) counts.finished += 1;
  if (!result.ok) counts[result.class] += 1;
}

function redactError(error: unknown, redact: (text: string) => string): Error {
  const failure = error instanceof Error ? error : new Error(String(error));
  // Most failures hold no secret, and some (of an abort) cannot be written to.
  if (redact(failure.message) !== failure.message) failure.message = redact(failure.message);
  if (failure.stack && redact(failure.stack) !== failure.stack) failure.stack = redact(failure.stack);
  return failure;
}

function itemsName(order: WorkOrder): string {
  return `stages/${hexOf(order.key)}/items.jsonl`;
}

function shardName(order: WorkOrder, number: number): string {
  return `stages/${hexOf(order.key)}/shards/${number}.jsonl`;
}
