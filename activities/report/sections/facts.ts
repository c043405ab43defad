import type { JsonObject } from '../../../recipe/json.js';
import type { Note } from './notes.js';

/** What a report says of how its numbers came to be, besides the numbers. */
export interface ReportFacts {
  readonly profile: string | null;
  readonly scripted: boolean;
  readonly teacherSentence: string;
  readonly base: string | null;
  readonly seeds: JsonObject;
  readonly params: JsonObject;
  readonly origins: Readonly<Record<string, string>>;
  readonly targets: string | null;
}

export function readFacts(params: JsonObject, notes: readonly Note[]): ReportFacts {
  const text = (name: string): string | null => (typeof params[name] === 'string' ? params[name] : null);
  const object = (name: string): JsonObject => {
    const value = params[name];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  };
  const scripted = notes.flatMap(({ models }) => models).filter((model) => model.startsWith('scripted:'));
  const teacher = text('teacher');
  const isScripted = scripted.length > 0 || (teacher?.startsWith('scripted') ?? false);
  return {
    profile: text('profile'),
    scripted: isScripted,
    teacherSentence: isScripted
      ? `The teacher is scripted (${scripted[0]?.slice('scripted:'.length) ?? teacher ?? ''}): a program that knows the gold fix and errs at rates that we chose. What is learnt from its demonstrations, and any effect of masking its errors, is a check of the mechanism, not a finding about teachers. Packages, tests, bugs, rollouts, training and grading are real.`
      : `Teacher: ${teacher ?? 'not named in the report stage'}.`,
    base: text('base'),
    seeds: object('seeds'),
    params: object('params'),
    origins: Object.fromEntries(Object.entries(object('origins')).map(([name, value]) => [name, originOf(value)])),
    targets: text('targets'),
  };
}

/** Plans hold { from, origin }; a recipe may give the word alone. */
function originOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const parts = typeof value === 'object' && value !== null ? (value as { origin?: unknown; from?: unknown }) : {};
  return [parts.origin, parts.from].filter((part) => typeof part === 'string').join(', ');
}
