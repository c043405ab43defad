const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Schema of a param that is a duration: `500ms`, `90s`, `30m`, `8h`, or a number of seconds. */
export const durationParam = (value: string, description: string): Record<string, unknown> => ({
  type: ['string', 'number'],
  pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$',
  exclusiveMinimum: 0,
  default: value,
  description,
});

/** Milliseconds of a value that `durationParam` accepted. */
export function milliseconds(value: unknown): number {
  if (typeof value === 'number') return value * 1000;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(value));
  if (match === null) throw new RangeError(`'${String(value)}' is no duration, such as 90s or 30m.`);
  return Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1000);
}
