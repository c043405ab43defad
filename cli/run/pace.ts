import type { NodeProgress } from '../../engine/client/run-status.js';
import { formatDuration, formatRate, remainingTime } from '../format.js';

/** Rates of stages as this command has seen them: items that were done before it looked do not count. */
export class Pace {
  readonly #first = new Map<string, { done: number; at: number }>();

  /** `120/400 items, 3.0/s, 1 min 33 s left, 2 bad`; numbers that are not known yet are left out. */
  describe(stage: string, progress: NodeProgress, now: number): string {
    const { done, total, failed, note } = progress;
    const first = this.#first.get(stage);
    // A stage that was started again counts from its own beginning.
    if (!first || done < first.done) this.#first.set(stage, { done, at: now });
    const since = this.#first.get(stage) ?? { done, at: now };
    const here = done - since.done;
    const elapsed = now - since.at;
    const left = remainingTime(here, total - since.done, elapsed);
    return [
      total > 0 ? `${done}/${total}` : '',
      formatRate(here, elapsed),
      left === undefined || left === 0 ? '' : `${formatDuration(left)} left`,
      failed ? `${failed} bad` : '',
      note ?? '',
    ]
      .filter(Boolean)
      .join(', ');
  }
}
