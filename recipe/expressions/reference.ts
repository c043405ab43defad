import type { Scope } from './evaluate.js';
import type { Json } from '../json.js';
import { Instance, Lazy, type Value } from './values.js';

/** What a name is made of, by code: 1 a letter or `_`, 2 a digit or `-`, which none begins with. */
const parts = new Uint8Array(128);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_') parts[letter.charCodeAt(0)] = 1;
for (const letter of '0123456789-') parts[letter.charCodeAt(0)] = 2;
const [DOT, SPACE] = [46, 32];

/** What an expression calls values, not names. */
const words = ['true', 'false', 'null', 'NaN', 'Infinity'];

/**
 * The value of `split.test` or `params.seed`, without the tree of an expression: most references of a recipe are such. Undefined for
 * anything else, and for what is not there: `evaluate` says what is wrong with it.
 */
export function directReference(text: string, scope: Scope): Value | undefined {
  let start = 0;
  let end = text.length;
  while (text.charCodeAt(start) === SPACE) start += 1;
  while (end > start && text.charCodeAt(end - 1) === SPACE) end -= 1;
  const dot = nameEnd(text, start, end);
  if (dot === start || dot === end || text.charCodeAt(dot) !== DOT) return undefined;
  if (dot + 1 === end || nameEnd(text, dot + 1, end) !== end) return undefined;
  const name = text.slice(start, dot);
  if (words.includes(name)) return undefined;
  const of = scope.lookup(name);
  if (of instanceof Lazy) return of.get(text.slice(dot + 1, end));
  if (!(of instanceof Instance)) return undefined;
  for (const member of of.names)
    if (member.length === end - dot - 1 && text.startsWith(member, dot + 1)) return of.output(member);
  return undefined;
}

/** The value of such a reference, or the values of a list of them. */
export function directReferences(raw: Json, scope: Scope): Value | undefined {
  if (typeof raw === 'string') {
    const value = directReference(raw, scope);
    // A text is a reference of its own.
    return typeof value === 'string' ? undefined : value;
  }
  if (!Array.isArray(raw)) return undefined;
  const values: Value[] = [];
  for (const entry of raw) {
    const value = directReferences(entry, scope);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** Where the name that begins at `start` ends: at `start` where none begins there. */
function nameEnd(text: string, start: number, end: number): number {
  let at = start;
  if (parts[text.charCodeAt(at)] === 1) while (at < end && (parts[text.charCodeAt(at)] ?? 0) > 0) at += 1;
  return at;
}
