import type { ControlActivities } from '../../workflows/control.js';
import type { DirectInput, DirectOutcome } from '../../workflows/direct.js';
import { isSurroundings, readFailure } from '../../workflows/failure.js';
import { EarlyNews } from './early-news.js';
import type { StageExecutor } from './executor.js';
import { applicationFailure } from '../failures.js';
import type { WorkOrder } from '../orders/order.js';
import type { OrderBook } from '../orders/order-book.js';
import type { Progress } from './stage-work.js';

/** Stages of a batch at once: they wait for the store most of the time. */
const WIDTH = 8;

/** What a heartbeat of a batch carries: how far the stages are that say so, by their nodes. */
export interface BatchProgress {
  readonly stages: Readonly<Record<number, Progress>>;
}

export interface BatchDriver {
  /** Nothing more is to begin. */
  readonly signal: AbortSignal;
  /** What has begun is to stop. Where the run is gone without a word it goes on: another run may wait for it. */
  readonly stop: AbortSignal;
  beat(progress: BatchProgress): void;
}

/** Does the stages of a batch side by side. Waits for nobody: what somebody else is at, or has to be tried again, goes another way. */
export class DirectExecutor {
  constructor(
    private readonly executor: StageExecutor,
    private readonly orders: OrderBook,
    private readonly notify: ControlActivities['notify'],
  ) {}

  async run({ batch, runId, epochs }: DirectInput, driver: BatchDriver): Promise<DirectOutcome[]> {
    const { orders, at } = await this.orders.batch(batch);
    const outcomes: DirectOutcome[] = [];
    const progress = new Map<number, Progress>();
    const early = new EarlyNews(runId, orders, epochs, this.notify);
    const waiting = orders.entries();
    const worker = async (): Promise<void> => {
      for (const [index, order] of waiting) {
        driver.signal.throwIfAborted();
        const epoch = epochs[index];
        if (epoch === null || epoch === undefined) continue;
        // The same when this very batch is given out again, and another one for each of two stages that come to one key.
        const owner = `${runId}/${epoch}`;
        const beat = (reported: Progress): void => {
          progress.set(order.node, reported);
          driver.beat({ stages: Object.fromEntries(progress) });
        };
        const outcome = await this.#outcome(order, owner, at, { signal: driver.stop, beat });
        outcomes[index] = outcome;
        progress.delete(order.node);
        early.ended(index, outcome);
      }
    };
    // All have ended before the batch has: nothing works on behind it.
    const ended = await Promise.allSettled(Array.from({ length: Math.min(WIDTH, orders.length) }, worker));
    await early.close();
    driver.signal.throwIfAborted();
    for (const worker of ended) if (worker.status === 'rejected') throw worker.reason;
    return orders.map((_, index) => outcomes[index] ?? { kind: 'elsewhere', spent: 0 });
  }

  async #outcome(
    order: WorkOrder,
    owner: string,
    missedAt: number,
    driver: { signal: AbortSignal; beat: (progress: Progress) => void },
  ): Promise<DirectOutcome> {
    try {
      const state = await this.executor.executeUnlessBusy(order, owner, missedAt, driver);
      return state === 'committed' ? { kind: 'committed' } : { kind: 'elsewhere', spent: 0 };
    } catch (error) {
      driver.signal.throwIfAborted();
      const { kind, failure } = readFailure(applicationFailure(error));
      if (kind === 'free' || isSurroundings(failure)) return { kind: 'elsewhere', spent: 0 };
      const { attempts, non_retryable: named } = order.retry;
      if (kind === 'final' || attempts <= 1 || named?.includes(failure.code)) return { kind: 'failed', failure };
      return { kind: 'elsewhere', spent: 1 };
    }
  }
}
