import type { ErrorCode } from '../diagnostics/diagnostic-codes.js';
import type { Policy } from '../draft.js';
import type { Json, JsonObject } from '../json.js';

const durations = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizes = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const;

/** Milliseconds of `500ms`, `10s`, `30m`, `8h`, `7d`; undefined for anything else. */
export function duration(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value.trim());
  return match ? Math.round(Number(match[1]) * durations[match[2] as keyof typeof durations]) : undefined;
}

/** Bytes of `512m`, `4g`, `4GiB` or a number; undefined for anything else. */
export function bytes(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value > 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)([bkmgt])(?:i?b)?$/i.exec(value.trim());
  return match
    ? Math.round(Number(match[1]) * sizes[(match[2] ?? 'b').toLowerCase() as keyof typeof sizes])
    : undefined;
}

/** A share of items (`2%`) or a count of them. */
export function failures(value: Json | undefined): { share: number } | { count: number } | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? { count: value } : undefined;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value.trim()) : null;
  const share = match ? Number(match[1]) / 100 : Number.NaN;
  return share <= 1 ? { share } : undefined;
}

/** Policies of stages that say nothing of it, by the activity's queue: where it works on items, and elsewhere. */
export interface Policies {
  readonly items: Map<string, Policy>;
  readonly whole: Map<string, Policy>;
}

export function noPolicies(): Policies {
  return { items: new Map(), whole: new Map() };
}

type Say = (path: readonly string[], code: ErrorCode, message: string) => void;

/** The policy of a stage from its resolved keys, over the recipe's defaults. Three attempts, 10 s apart, where nothing is said. */
export function readPolicy(stage: JsonObject, defaults: JsonObject, queue: string, map: boolean, say: Say): Policy {
  const merged = (name: string): JsonObject => ({ ...object(defaults[name]), ...object(stage[name]) });
  const time = (path: readonly string[], value: Json | undefined): number | undefined => {
    if (value === undefined || value === null) return undefined;
    const result = duration(value);
    if (result === undefined)
      say(
        path,
        'invalid-duration',
        `\`${path.join('.')}\` is \`${JSON.stringify(value)}\`; write a number with a unit: 10s, 30m, 8h, 7d.`,
      );
    return result;
  };
  const whole = (path: readonly string[], value: Json | undefined): number | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
    say(
      path,
      'invalid-value',
      `\`${path.join('.')}\` is \`${JSON.stringify(value)}\`; it takes a whole number from 1.`,
    );
    return undefined;
  };
  const retry = merged('retry');
  const items = map ? merged('items') : object(stage.items);
  if (!map && stage.items !== undefined)
    say(
      ['items'],
      'no-items',
      '`items` is for activities that work on items; this one does not. Use `timeout` and `retry`.',
    );
  const timeout = time(['timeout'], stage.timeout ?? defaults.timeout);
  const concurrency = whole(['items', 'concurrency'], items.concurrency);
  const itemTimeout = time(['items', 'timeout'], items.timeout);
  const bad = failures(items.max_failures);
  if (items.max_failures !== undefined && bad === undefined) {
    say(
      ['items', 'max_failures'],
      'invalid-value',
      `\`items.max_failures\` is \`${JSON.stringify(items.max_failures)}\`; write a share (2%) or a count (10).`,
    );
  }
  return {
    queue: typeof stage.queue === 'string' ? stage.queue : queue,
    retry: {
      attempts: whole(['retry', 'attempts'], retry.attempts) ?? 3,
      backoff: time(['retry', 'backoff'], retry.backoff) ?? 10_000,
      ...(Array.isArray(retry.non_retryable) ? { non_retryable: retry.non_retryable.map(String) } : {}),
    },
    ...(timeout === undefined ? {} : { timeout }),
    items: {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(itemTimeout === undefined ? {} : { timeout: itemTimeout }),
      ...(bad === undefined ? {} : { max_failures: bad }),
    },
    sandbox: sandbox(merged('sandbox'), say),
  };
}

/** Memory and disk become bytes. */
function sandbox(given: JsonObject, say: Say): JsonObject {
  const result: JsonObject = { ...given };
  for (const name of ['memory', 'disk']) {
    if (given[name] === undefined) continue;
    const size = bytes(given[name]);
    if (size === undefined)
      say(
        ['sandbox', name],
        'invalid-size',
        `\`sandbox.${name}\` is \`${JSON.stringify(given[name])}\`; write a size: 512m, 4g.`,
      );
    else result[name] = size;
  }
  for (const name of ['cpus', 'pids']) {
    if (given[name] !== undefined && !(typeof given[name] === 'number' && given[name] > 0)) {
      say(
        ['sandbox', name],
        'invalid-value',
        `\`sandbox.${name}\` is \`${JSON.stringify(given[name])}\`; it takes a number above 0.`,
      );
    }
  }
  return result;
}

function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
