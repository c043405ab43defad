import { seededRandom, type Random } from '../../activities/random.js';

/** What is done to a running engine. Times are milliseconds. */
export type Fault =
  | { readonly kind: 'kill-worker' | 'stop-worker'; readonly worker: number; readonly lasts: number }
  /** Every worker is killed when a result, or a segment of items, is in the store and its writer has not heard so. */
  | { readonly kind: 'kill-at-commit' | 'kill-at-flush'; readonly lasts: number }
  | { readonly kind: 'kill-temporal' | 'kill-s3' | 'fill-store' | 'fill-cache'; readonly lasts: number }
  /** Requests to the store are answered with an error, late, in part, or not at all after they were carried out. */
  | {
      readonly kind: 's3-error' | 's3-slow' | 's3-torn' | 's3-lost-answer' | 's3-silent';
      readonly share: number;
      readonly lasts: number;
    }
  /** All connections of one worker to Temporal are reset and refused; or swallow all that is sent. */
  | { readonly kind: 'reset-temporal' | 'silence-temporal'; readonly worker: number; readonly lasts: number };

export interface ScheduledFault {
  /** Since the fault before. */
  readonly after: number;
  readonly fault: Fault;
}

export const WORKERS = 3;

/** How often each kind is drawn. */
const WEIGHTS: readonly (readonly [Fault['kind'], number])[] = [
  ['kill-worker', 4],
  ['kill-at-commit', 3],
  ['kill-at-flush', 2],
  ['stop-worker', 2],
  ['kill-temporal', 3],
  ['kill-s3', 3],
  ['s3-error', 3],
  ['s3-slow', 2],
  ['s3-torn', 3],
  ['s3-lost-answer', 3],
  ['s3-silent', 1],
  ['reset-temporal', 3],
  ['silence-temporal', 1],
  ['fill-store', 2],
  ['fill-cache', 2],
];

/** The same faults in the same order with the same gaps for the same seed; every kind before any comes a second time. */
export function scheduleFaults(seed: number, count: number): ScheduledFault[] {
  const random = seededRandom(seed);
  const first = WEIGHTS.map(([kind]) => kind)
    .map((kind) => [random.next(), kind] as const)
    .sort(([left], [right]) => left - right)
    .map(([, kind]) => kind);
  return Array.from({ length: count }, (_, number) => ({
    after: 300 + random.below(2_200),
    fault: faultOf(first[number] ?? drawn(random), random),
  }));
}

function drawn(random: Random): Fault['kind'] {
  const sum = WEIGHTS.reduce((total, [, weight]) => total + weight, 0);
  let left = random.below(sum);
  for (const [kind, weight] of WEIGHTS) {
    left -= weight;
    if (left < 0) return kind;
  }
  throw new RangeError('weights changed while they were added up');
}

function faultOf(kind: Fault['kind'], random: Random): Fault {
  const lasts = 200 + random.below(3_000);
  const worker = random.below(WORKERS);
  switch (kind) {
    case 'kill-worker':
    case 'stop-worker':
    case 'reset-temporal':
      return { kind, worker, lasts: Math.round(lasts / 3) };
    case 'silence-temporal':
      // Sometimes longer than the server waits for a heartbeat: the work is then given to another worker while this one goes on.
      return { kind, worker, lasts: random.below(2) === 0 ? lasts : 22_000 + lasts };
    case 'kill-at-commit':
    case 'kill-at-flush':
      return { kind, lasts };
    case 'kill-temporal':
    case 'kill-s3':
    case 'fill-store':
    case 'fill-cache':
      return { kind, lasts };
    case 's3-error':
    case 's3-slow':
    case 's3-torn':
    case 's3-lost-answer':
    case 's3-silent':
      return { kind, share: (3 + random.below(7)) / 10, lasts: lasts + 1_500 };
  }
}
