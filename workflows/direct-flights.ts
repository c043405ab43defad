import { CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { DirectBatch, DirectOutcome } from './direct.js';
import type { StageActivities } from './stage-activities.js';
import type { RunBook } from './run-book.js';

/** Batches of small stages that a run has done itself, without a workflow for each. */
export class DirectFlights {
  readonly #scope = new CancellationScope();
  #inFlight = 0;

  constructor(
    private readonly runId: string,
    private readonly book: RunBook,
  ) {}

  /** Batches whose activity has not ended, whether or not anybody waits for them still. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Begins to work on a batch and comes back at once; what becomes of it is in the run's book. */
  start({ batch, queue, stages }: DirectBatch, now: number): void {
    const { book } = this;
    const epochs = stages.map(({ node, key }) => {
      // An Update may have decided otherwise while the walk was under way; the work is done for nobody then.
      if (book.states.get(node) !== '.') return null;
      book.states.set(node, 'r');
      return book.flights.start(node, key, now, true).epoch;
    });
    if (epochs.every((epoch) => epoch === null)) return;
    this.#inFlight += 1;
    const work = proxyActivities<Pick<StageActivities, 'executeDirect'>>({
      taskQueue: queue,
      startToCloseTimeout: '1 hour',
      heartbeatTimeout: '20s',
      cancellationType: 'TRY_CANCEL',
      // A worker that is lost: what it has committed is found by the next. Work that kills every worker goes its own way in the end.
      retry: { maximumAttempts: 3, initialInterval: '500ms' },
    });
    const ended = (outcomes: readonly DirectOutcome[]): void => {
      this.#inFlight -= 1;
      book.wake();
      epochs.forEach((epoch, index) => this.#land(batch, epoch, outcomes[index]));
    };
    this.#scope
      .run(() => work.executeDirect({ batch, runId: this.runId, epochs }))
      .then(ended, (error: unknown) => {
        if (!isCancellation(error)) ended([]);
      });
  }

  /** Stops all work; nobody waits for it any more. */
  cancel(): void {
    this.#scope.cancel();
  }

  #land(batch: string, epoch: number | null, outcome: DirectOutcome | undefined): void {
    if (epoch === null) return;
    if (!outcome || outcome.kind === 'elsewhere') this.book.divert({ epoch, batch, spent: outcome?.spent ?? 0 });
    else this.book.hear(epoch, outcome);
  }
}
