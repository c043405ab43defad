import { sha256 } from '../canonical.js';
import type { Json } from '../json.js';

/** Letters that stay on each side of what differs within two long texts. */
const AROUND = 16;

/**
 * Two values that differ, each short enough for a line of text. Of long texts the part that differs is shown; what is long all the same
 * is cut, with its length and the begin of its digest, so that no two different values look alike.
 */
export function shownSides(before: Json | undefined, after: Json | undefined, most = 80): readonly [string, string] {
  const [left, right] = [textOf(before), textOf(after)];
  if (left.length <= most && right.length <= most) return [left, right];
  const both = typeof before === 'string' && typeof after === 'string' && !/^sha256:/.test(before);
  if (!both) return [cut(left, most), cut(right, most)];
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start += 1;
  let end = 0;
  const room = Math.min(left.length, right.length) - start;
  while (end < room && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  const window = (text: string): string => {
    const from = Math.max(0, start - AROUND);
    const to = Math.min(text.length, text.length - end + AROUND);
    return cut(`${from > 0 ? '"...' : ''}${text.slice(from, to)}${to < text.length ? '..."' : ''}`, most);
  };
  return [window(left), window(right)];
}

function textOf(value: Json | undefined): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  // A digest says all that it has to say in its first letters.
  if (/^"sha256:[0-9a-f]{64}"$/.test(text)) return `${text.slice(1, 20)}...`;
  const digest = sha256(text).slice('sha256:'.length, 'sha256:'.length + 8);
  return `${text.slice(0, most - 30)}... (${text.length} characters, ${digest})`;
}
