import {
  CancellationScope,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { ControlActivities } from './control.js';
import type { StageActivities } from './stage-activities.js';
import type { StageOutcome, StagePolicy, Subscriber } from './stage-messages.js';
import { isSurroundings, readFailure } from './failure.js';
import { mapStage } from './map-stage.js';
import { subscribeSignal, unsubscribeSignal, type StageInput } from './stage-input.js';

const CONTROL = {
  taskQueue: 'mortar',
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
} as const;
const NEARBY = {
  startToCloseTimeout: '2 minutes',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
} as const;
const LONGEST = 30 * 24 * 3_600_000;
/** A lost worker costs no attempt, but work that kills every worker has to end some time. */
const MOST_LOST_WORKERS = 20;
const LONGEST_BACKOFF = 600_000;

/** One stage key's execution: at most one at a time, whoever and however many wait for it. */
export async function stage(input: StageInput): Promise<StageOutcome['kind']> {
  const control = input.nearby
    ? proxyLocalActivities<ControlActivities>(NEARBY)
    : proxyActivities<ControlActivities>(CONTROL);
  const subscribers = new Map<string, { readonly subscriber: Subscriber; readonly own: StageInput }>();
  let scope: CancellationScope | undefined;

  setHandler(subscribeSignal, (subscriber, own = input) => {
    for (const [name, { subscriber: earlier }] of subscribers) {
      // The run has given that one up: nobody would hear the answer.
      const older = earlier.runId === subscriber.runId && earlier.node === subscriber.node;
      if (older && earlier.epoch < subscriber.epoch && patched('newer-epoch')) subscribers.delete(name);
    }
    subscribers.set(nameOf(subscriber), { subscriber, own });
  });
  setHandler(unsubscribeSignal, (subscriber) => {
    subscribers.delete(nameOf(subscriber));
    // Only the last one to leave stops the work; a scope, not the workflow, so that a newcomer can start it again.
    if (subscribers.size === 0) scope?.cancel();
  });

  for (;;) {
    scope = new CancellationScope();
    // A newcomer after a failure brings a policy of its own; the first of those who wait decides.
    const [first] = subscribers.values();
    const under = first?.own ?? input;
    const outcome = await scope
      .run(() => attempts(under, control))
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
      const subscriber = subscribers.get(name)?.subscriber;
      if (!subscriber) continue;
      await CancellationScope.nonCancellable(() => control.notify({ subscriber, outcome, under: policyOf(under) }));
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
  const { spent = 0 } = input;
  if (spent > 0) await sleep(backoffOf(input, spent));
  for (let attempt = spent + 1; ;) {
    try {
      if (input.map) await mapStage(input, attempt, plainControl, work);
      else await work.execute({ order: input.order, attempt });
      return { kind: 'committed' };
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { kind, failure } = readFailure(error);
      if (kind === 'free' || (isSurroundings(failure) && patched('surroundings'))) {
        lost += 1;
        if (lost > MOST_LOST_WORKERS) return { kind: 'failed', failure };
        await sleep(Math.min(1_000 * lost, 30_000));
        continue;
      }
      const named = input.nonRetryable?.includes(failure.code) === true;
      if (kind === 'final' || named || attempt >= input.attempts) return { kind: 'failed', failure };
      await sleep(backoffOf(input, attempt));
      attempt += 1;
    }
  }
}

/** Milliseconds between an attempt that failed and the next. */
function backoffOf({ backoff }: StageInput, attempt: number): number {
  return Math.min(backoff * 2 ** (attempt - 1), LONGEST_BACKOFF) || 1;
}

function policyOf({ order, attempts, timeout, maxFailures }: StageInput): StagePolicy {
  return { order, attempts, timeout, maxFailures };
}

function nameOf({ runId, node, epoch }: Subscriber): string {
  return `${runId}/${node}/${epoch}`;
}
