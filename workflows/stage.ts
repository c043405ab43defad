import {
  CancellationScope,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { ControlActivities, StageActivities, StageOutcome, Subscriber } from './control.js';
import { readFailure } from './failure.js';
import { mapStage } from './map-stage.js';

export const subscribeSignal = defineSignal<[Subscriber]>('subscribe');
export const unsubscribeSignal = defineSignal<[Subscriber]>('unsubscribe');

/** Policy of the first subscriber; none of it is in the key. */
export interface StageInput {
  readonly key: string;
  /** Object that says what is to be done. */
  readonly order: string;
  readonly queue: string;
  readonly map: boolean;
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly backoff: number;
  /** Milliseconds of one attempt. */
  readonly timeout?: number;
  readonly maxFailures?: { readonly share: number } | { readonly count: number };
  /** Shards at once. */
  readonly shards: number;
}

const CONTROL = {
  taskQueue: 'mortar',
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
} as const;
const LONGEST = 30 * 24 * 3_600_000;
/** A lost worker costs no attempt, but work that kills every worker has to end some time. */
const MOST_LOST_WORKERS = 20;
const LONGEST_BACKOFF = 600_000;

/** One stage key's execution: at most one at a time, whoever and however many wait for it. */
export async function stage(input: StageInput): Promise<StageOutcome['kind']> {
  const control = proxyActivities<ControlActivities>(CONTROL);
  const subscribers = new Map<string, Subscriber>();
  let scope: CancellationScope | undefined;

  setHandler(subscribeSignal, (subscriber) => {
    subscribers.set(nameOf(subscriber), subscriber);
  });
  setHandler(unsubscribeSignal, (subscriber) => {
    subscribers.delete(nameOf(subscriber));
    // Only the last one to leave stops the work; a scope, not the workflow, so that a newcomer can start it again.
    if (subscribers.size === 0) scope?.cancel();
  });

  for (;;) {
    scope = new CancellationScope();
    const outcome = await scope
      .run(() => attempts(input, control))
      .catch((error: unknown): StageOutcome => {
        if (isCancellation(error)) return { kind: 'cancelled' };
        throw error;
      });
    const abandoned = scope.consideredCancelled;
    scope = undefined;
    const cancelledFromOutside = CancellationScope.current().consideredCancelled;
    if (outcome.kind === 'cancelled' && abandoned && !cancelledFromOutside) {
      if (subscribers.size > 0) continue;
      return 'cancelled';
    }
    // Those who come after a failure ask for a fresh attempt; those who come after a commit are told so.
    const told = outcome.kind === 'committed' ? undefined : [...subscribers.keys()];
    while (subscribers.size > 0) {
      const name = told ? told.shift() : subscribers.keys().next().value;
      if (name === undefined) break;
      const subscriber = subscribers.get(name);
      if (!subscriber) continue;
      await CancellationScope.nonCancellable(() => control.notify({ subscriber, outcome }));
      subscribers.delete(name);
    }
    // No await between this check and the return: the server refuses to close over a signal that came meanwhile.
    if (subscribers.size === 0) return outcome.kind;
  }
}

async function attempts(input: StageInput, control: ControlActivities): Promise<StageOutcome> {
  // Another execution may have committed between the subscriber's look-up and now.
  if (await control.isCommitted({ key: input.key })) return { kind: 'committed' };
  const work = proxyActivities<StageActivities>({
    taskQueue: input.queue,
    startToCloseTimeout: input.timeout ?? LONGEST,
    heartbeatTimeout: '20s',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    // Attempts are counted here, where a lost worker can be told from failed work.
    retry: { maximumAttempts: 1 },
  });
  const plainControl = proxyActivities<ControlActivities>({
    taskQueue: 'mortar',
    startToCloseTimeout: input.timeout ?? LONGEST,
    heartbeatTimeout: '20s',
    retry: { maximumAttempts: 1 },
  });
  let lost = 0;
  for (let attempt = 1; ;) {
    try {
      if (input.map) await mapStage(input, attempt, plainControl, work);
      else await work.execute({ order: input.order, attempt });
      return { kind: 'committed' };
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { kind, failure } = readFailure(error);
      if (kind === 'free') {
        lost += 1;
        if (lost > MOST_LOST_WORKERS) return { kind: 'failed', failure };
        await sleep(Math.min(1_000 * lost, 30_000));
        continue;
      }
      if (kind === 'final' || attempt >= input.attempts) return { kind: 'failed', failure };
      await sleep(Math.min(input.backoff * 2 ** (attempt - 1), LONGEST_BACKOFF) || 1);
      attempt += 1;
    }
  }
}

function nameOf({ runId, node, epoch }: Subscriber): string {
  return `${runId}/${node}/${epoch}`;
}
