/** A stage as the estimate sees it. */
export interface TimedStage {
  /** Numbers of the stages before it. */
  readonly needs: readonly number[];
  readonly queue: string;
  /** Milliseconds; 0: nothing to do; undefined: not known. */
  readonly duration: number | undefined;
}

export interface PlanEstimate {
  /** Until the last stage has ended, with so many slots; stages of unknown duration count as nothing, so it is a least. */
  readonly milliseconds: number;
  /** With as many slots as could be of use: no machine ends earlier. */
  readonly longestPath: number;
  /** Stages that nobody has timed yet. */
  readonly unknown: number;
  /** Stages at once, by queue. */
  readonly slots: Readonly<Record<string, number>>;
}

/**
 * Plays the plan through: a stage begins when its needs have ended and its queue has a free slot, first come first served. A queue
 * that is not named has one slot.
 */
export function estimateTime(stages: readonly TimedStage[], slots: Readonly<Record<string, number>>): PlanEstimate {
  const path: number[] = [];
  const left = stages.map(({ needs }) => needs.length);
  const dependents: number[][] = stages.map(() => []);
  for (const [number, { needs, duration = 0 }] of stages.entries()) {
    path[number] = duration + needs.reduce((most, need) => Math.max(most, path[need] ?? 0), 0);
    for (const need of needs) dependents[need]?.push(number);
  }
  const queues = new Map<string, { free: number; ready: number[]; next: number }>();
  let running: { stage: number; end: number }[] = [];
  let now = 0;
  const finish = (ended: number[]): void => {
    // Nothing to do takes no slot and no time, however many such stages follow each other.
    for (let stage = ended.pop(); stage !== undefined; stage = ended.pop()) {
      for (const dependent of dependents[stage] ?? []) {
        left[dependent] = (left[dependent] ?? 0) - 1;
        if (left[dependent] === 0) begin(dependent, ended);
      }
    }
  };
  const begin = (number: number, ended: number[]): void => {
    const stage = stages[number];
    if (!stage?.duration) {
      ended.push(number);
      return;
    }
    const queue = queues.get(stage.queue) ?? { free: Math.max(1, slots[stage.queue] ?? 1), ready: [], next: 0 };
    queues.set(stage.queue, queue);
    queue.ready.push(number);
  };
  const first: number[] = [];
  for (const [number, count] of left.entries()) if (count === 0) begin(number, first);
  finish(first);
  for (;;) {
    for (const queue of queues.values()) {
      for (; queue.free > 0 && queue.next < queue.ready.length; queue.next += 1, queue.free -= 1) {
        const number = queue.ready[queue.next] ?? 0;
        running.push({ stage: number, end: now + (stages[number]?.duration ?? 0) });
      }
    }
    if (running.length === 0) break;
    now = running.reduce((least, { end }) => Math.min(least, end), Infinity);
    const ended = running.filter(({ end }) => end <= now).map(({ stage }) => stage);
    running = running.filter(({ end }) => end > now);
    for (const number of ended) {
      const queue = queues.get(stages[number]?.queue ?? '');
      if (queue) queue.free += 1;
    }
    finish(ended);
  }
  return {
    milliseconds: now,
    longestPath: path.reduce((most, one) => Math.max(most, one), 0),
    unknown: stages.filter(({ duration }) => duration === undefined).length,
    slots,
  };
}
