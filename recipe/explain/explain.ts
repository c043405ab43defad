import { canonicalJson } from '../canonical.js';
import type { Json } from '../json.js';
import type { KeyDocument } from '../key.js';
import { shownSides } from './shown-sides.js';

/** One field in which two key documents differ. `undefined` on a side: it has no such field. */
export interface Difference {
  /** Path in the document: `with.train.learning_rate`, `inputs.trajectories[0].digest`. */
  readonly field: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** Every field in which two documents differ, as deep as they differ, sorted by field. Empty: the same work. */
export function explainKeys(before: KeyDocument, after: KeyDocument): Difference[] {
  // Through JSON, so that members that are undefined count as absent on both sides.
  const plain = (document: KeyDocument): Json => JSON.parse(canonicalJson(document)) as Json;
  return differencesOf(plain(before), plain(after));
}

/** The same of any two values: `train.steps`, `k[0]`. */
export function differencesOf(before: Json, after: Json): Difference[] {
  return [...differences('', before, after)].sort((left, right) => (left.field < right.field ? -1 : 1));
}

/** A difference on one line. */
export function renderDifference({ field, before, after }: Difference): string {
  const [left, right] = shownSides(before, after);
  return `${field}: ${left} -> ${right}`;
}

function* differences(field: string, before: Json | undefined, after: Json | undefined): Generator<Difference> {
  if (before === undefined || after === undefined) {
    if (before !== after)
      yield { field, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      yield* differences(`${field}[${index}]`, before[index], after[index]);
    }
    return;
  }
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences(field === '' ? name : `${field}.${name}`, before[name], after[name]);
    }
    return;
  }
  if (canonicalJson(before) !== canonicalJson(after)) yield { field, before, after };
}

function isObject(value: Json): value is { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
