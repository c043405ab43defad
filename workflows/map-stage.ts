import { ApplicationFailure, CancellationScope, patched, upsertMemo } from '@temporalio/workflow';
import { FINISHED, type ShardResult, type StageActivities } from './stage-activities.js';
import { type ControlActivities } from './control.js';
import { failureLimit } from './shards.js';
import type { StageInput } from './stage-input.js';

/** One attempt of a map: split, work on the shards that are left, assemble. What earlier attempts finished is not done again. */
export async function mapStage(
  input: StageInput,
  attempt: number,
  control: Pick<ControlActivities, 'splitItems'>,
  work: StageActivities,
): Promise<void> {
  const split = await control.splitItems({ order: input.order });
  const limit = failureLimit(input.maxFailures, split.total);
  const sum = { finished: split.finished, subject: split.subject, infrastructure: 0, unknown: 0 };
  if (split.finished > 0) upsertMemo({ [FINISHED]: split.finished });
  // A retry that finds no item left to work on would pass the limit unseen.
  const over = limit !== undefined && bad(sum, limit) > limit;
  if (over && patched('limit-before-shards')) throw tooMany(sum, limit, split.total);
  const waiting = split.shards.map((_, shard) => shard);

  const shards = new CancellationScope();
  const worker = async (): Promise<void> => {
    for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) {
      const allowance = limit === undefined ? undefined : Math.max(0, limit - bad(sum, limit));
      const result = await work.executeShard({
        order: input.order,
        shard,
        attempt,
        total: split.total,
        before: sum.finished,
        allowance,
      });
      sum.finished += result.finished;
      sum.subject += result.subject;
      sum.infrastructure += result.infrastructure;
      sum.unknown += result.unknown;
      // The heartbeats of a shard go with it; whoever watches still has to know what it did.
      upsertMemo({ [FINISHED]: sum.finished });
      if (limit !== undefined && bad(sum, limit) > limit) throw tooMany(sum, limit, split.total);
    }
  };
  await shards.run(async () => {
    const workers = Array.from({ length: Math.min(input.shards, split.shards.length) }, () => worker());
    try {
      await Promise.all(workers);
    } catch (error) {
      // The other shards stop and write down what they have before the attempt ends.
      shards.cancel();
      await CancellationScope.nonCancellable(() => Promise.allSettled(workers));
      throw error;
    }
  });

  // Without a limit of its own a stage takes items that failed by their own fault, and no others.
  const unfinished = sum.infrastructure + sum.unknown;
  if (sum.infrastructure > 0 && attempt < input.attempts) throw tooMany(sum, limit ?? 0, split.total);
  if (limit === undefined && unfinished > 0) throw tooMany(sum, 0, split.total);
  await work.assemble({ order: input.order, attempt });
}

/** Bad items as `max_failures` counts them. */
function bad(sum: Omit<ShardResult, 'finished'>, limit: number | undefined): number {
  return (limit === undefined ? 0 : sum.subject) + sum.infrastructure + sum.unknown;
}

function tooMany(sum: Omit<ShardResult, 'finished'>, limit: number, total: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Items',
    message:
      `${sum.subject + sum.infrastructure + sum.unknown} of ${total} items failed (${sum.subject} by their own fault, ` +
      `${sum.infrastructure} by infrastructure, ${sum.unknown} for unknown reasons); max_failures allows ${limit}. ` +
      'See `mortar logs RUN STAGE`; `mortar retry RUN STAGE` works on those again that did not fail by their own fault.',
    // Only what infrastructure broke may come out differently at once.
    nonRetryable: sum.infrastructure === 0,
    details: [{ class: 'items', code: 'too-many-failures' }],
  });
}
