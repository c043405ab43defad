import type { Json } from '../json.js';
import { limits } from '../limits.js';
import { own } from '../merge.js';

/** The function of an expression's name, in any letter case. */
export function functionOf(name: string): ((args: readonly Json[]) => Json) | undefined {
  return own(functions, name.toLowerCase());
}

/**
 * Functions of expressions: names as in GitHub Actions, but nothing is coerced and letter case counts.
 * @throws Error with a message for the author of the expression.
 */
const functions: Readonly<Record<string, (args: readonly Json[]) => Json>> = {
  contains([where, what]) {
    if (Array.isArray(where)) return where.some((entry) => sameValue(entry, what ?? null));
    if (typeof where === 'string' && typeof what === 'string') return where.includes(what);
    throw new Error(`contains takes a list and a value, or two strings; got ${kindOf(where)} and ${kindOf(what)}`);
  },
  startswith([where, what]) {
    return text(where, 'startsWith').startsWith(text(what, 'startsWith'));
  },
  endswith([where, what]) {
    return text(where, 'endsWith').endsWith(text(what, 'endsWith'));
  },
  format([template, ...values]) {
    let length = 0;
    return text(template, 'format').replace(/\{\{|\}\}|\{(\d+)\}/g, (match, index: string | undefined) => {
      if (index === undefined) return match.charAt(0);
      const value = values[Number(index)];
      if (value === undefined) throw new Error(`format has no value for {${index}}`);
      const shown = display(value);
      length += shown.length;
      return length > limits.text ? tooLong('format') : shown;
    });
  },
  join([list, separator]) {
    if (!Array.isArray(list)) throw new Error(`join takes a list; got ${kindOf(list)}`);
    const between = separator === undefined ? ',' : text(separator, 'join');
    const parts = list.map(display);
    const length = parts.reduce((sum, part) => sum + part.length + between.length, 0);
    return length > limits.text ? tooLong('join') : parts.join(between);
  },
  tojson([value]) {
    return JSON.stringify(value);
  },
  fromjson([value]) {
    try {
      return plain(JSON.parse(text(value, 'fromJSON')) as Json, 0);
    } catch (error) {
      throw new Error(`fromJSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  },
};

/** Equality by value, nothing coerced: `'1' == 1` is false, `'A' == 'a'` is false. */
export function sameValue(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((entry, index) => sameValue(entry, right[index] ?? null))
    );
  }
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameValue(left[name] ?? null, right[name] ?? null))
  );
}

/** A value inside a string: strings as they are, the rest as JSON, null as nothing. */
export function display(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The kind of a value in the words of messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    default:
      return 'an object';
  }
}

function tooLong(name: string): never {
  throw new Error(`${name} gives more than ${limits.text} characters`);
}

/** A value that a plan can hold. */
function plain(value: Json, depth: number): Json {
  if (depth > limits.depth) throw new Error(`lists and objects stand more than ${limits.depth} deep within each other`);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a number is too large');
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('a text holds half of a character');
  if (value === null || typeof value !== 'object') return value;
  if (Object.hasOwn(value, '__proto__')) throw new Error('`__proto__` cannot be a key');
  for (const entry of Object.values(value)) plain(entry, depth + 1);
  return value;
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${name} takes strings; got ${kindOf(value)}`);
}
