/** What an activity of tests/fixtures/chaos-activities.mjs did, and when (milliseconds since 1970). */
export interface TraceLine {
  readonly at: number;
  readonly pid: number;
  readonly what: 'run' | 'split' | 'item';
  /** The first 16 digits of the stage's key. */
  readonly stage: string;
  readonly tag?: string;
  readonly item?: string;
}

/**
 * A worker that the server has given up may be at its last stage while another one does it again: both began before the result was there.
 * Between looking whether it is and this line of the trace lie requests to a store that is slow on purpose.
 */
const RACE = 3_000;

/**
 * Executions of work whose result was in the store before they began. An item may be worked on by whoever had it in the list of a split, so
 * what counts is whether it was there before the last split. What was in flight when something was killed may be done again.
 */
export function repeated(
  trace: readonly TraceLine[],
  committed: ReadonlyMap<string, number>,
  flushed: ReadonlyMap<string, number>,
): string[] {
  const found: string[] = [];
  const splits = new Map<string, number>();
  for (const { at, what, stage, tag = '', item = '' } of trace) {
    switch (what) {
      case 'run': {
        const since = committed.get(stage) ?? Infinity;
        if (since + RACE < at) found.push(`stage ${stage} ran at ${at}, and was committed at ${since}`);
        break;
      }
      case 'split':
        splits.set(tag, at);
        break;
      case 'item': {
        const since = flushed.get(`${tag}/${item}`) ?? Infinity;
        const split = splits.get(tag) ?? Infinity;
        if (since < split && split <= at)
          found.push(`item ${item} of ${tag} was worked on at ${at}, split at ${split}, and was stored at ${since}`);
      }
    }
  }
  return found;
}
