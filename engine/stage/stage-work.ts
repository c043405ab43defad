import { hostname } from 'node:os';
import type { Activity, Scalars } from '../../activities/activity.js';
import type { Store } from '../../artifacts/open.js';
import { outputsOf } from '../../recipe/planning/declared-outputs.js';
import { UserError } from '../../recipe/errors.js';
import { openContext, type OpenContext } from './context.js';
import type { Cores } from './cores.js';
import { declaredNames } from '../environment.js';
import { environmentDigest } from '../environment-digest.js';
import type { WorkOrder } from '../orders/order.js';
import type { Ports } from '../ports.js';
import { Redactor } from './redactor.js';
import type { Registry } from '../modules/registry.js';
import { Scratch } from './scratch.js';
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

/** What somebody who works on an order has. */
export interface Work {
  readonly order: WorkOrder;
  readonly activity: Activity;
  readonly opened: OpenContext;
  readonly redactor: Redactor;
  readonly startedAt: string;
  /** Settles when the key's document is in the store; undefined where the result brings it. */
  readonly described: Promise<void> | undefined;
}

/** What stands around the work of a stage, whatever kind it is: lease, log, context, failures without secrets, the commit. */
export class StageWork {
  constructor(
    readonly store: Store,
    readonly registry: Registry,
    private readonly ports: Ports,
    private readonly environment: NodeJS.ProcessEnv = process.env,
    /** Given where training has no device of its own. */
    private readonly cores?: Cores,
  ) {}

  /**
   * @param part of the stage's log: the attempt, or what it is an attempt at
   * @param base what every heartbeat says
   */
  async do<T>(
    order: WorkOrder,
    part: string,
    driver: Driver,
    base: Partial<Progress>,
    work: (parts: Work) => Promise<T>,
  ): Promise<T> {
    return this.store.lease.hold(() => this.#leased(order, part, driver, base, work));
  }

  /** A worker that is lost after it has committed cannot say so, and the stage is given to another one. */
  async isDone({ key }: WorkOrder): Promise<boolean> {
    return (await this.store.stages.find(key)) !== undefined;
  }

  async commit(
    { order, activity, opened, startedAt, described }: Work,
    scalars: Scalars,
    attempt: number,
  ): Promise<void> {
    const { outputs, redactor } = opened;
    const missing = Object.keys(outputsOf(activity, order.document.with)).filter((name) => !outputs.has(name));
    if (missing.length > 0) throw new Error(`${activity.name} ended without its output ${missing.join(', ')}`);
    this.store.lease.requireValid();
    await described;
    await this.store.stages.commit({
      key: order.key,
      outputs: Object.fromEntries(outputs),
      scalars: redactor.value(scalars),
      ...(described ? {} : { document: order.document }),
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
    await opened.scratch.remove();
  }

  async #leased<T>(
    order: WorkOrder,
    part: string,
    driver: Driver,
    base: Partial<Progress>,
    work: (parts: Work) => Promise<T>,
  ): Promise<T> {
    const startedAt = new Date().toISOString();
    const { secret } = declaredNames([order.document.with, order.inputs]);
    const redactor = new Redactor([...secret].map((name) => this.environment[name] ?? ''));
    const log = new StageLog(this.store.objects, order.key, part, redactor);
    const scratch = new Scratch(this.store.cache, order.key);
    let described: Promise<void> | undefined;
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
        scratch,
        progress: (done, total, note) =>
          driver.beat({ ...base, done, total, ...(note ? { note: redactor.text(note) } : {}) }),
      });
      // Beside the work, and there before the result is. Small work brings it along, for one request less.
      if (activity.map || !activity.quick) described = this.store.stages.writeKey(order.key, order.document);
      described?.catch(() => undefined);
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
      if (!described) await this.store.stages.writeKey(order.key, order.document).catch(() => undefined);
      const failure = redactor.error(error);
      if (!driver.signal.aborted)
        log.write('error', failure.message, failure.stack ? { stack: failure.stack } : undefined);
      throw failure;
    } finally {
      await log.flush();
      await scratch.removeIfEmpty();
    }
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
}
