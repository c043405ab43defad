import { beyond } from './beyond-plain.js';
import { DASH, FOLDED, HASH, LINE_FEED, PLUS, SPACE } from './letters.js';

interface BlockScalar {
  readonly value: string;
  /** Behind its last line; empty lines count only where they are kept. */
  readonly end: number;
  /** Where the line behind it begins. */
  readonly next: number;
}

/**
 * Reads `|` or `>` and the lines below it, with `-` or `+`; the indentation is that of the first line. Indented lines within a
 * folded text, and spaces on lines that are otherwise empty, are left to the library.
 * @param at where its letter stands
 * @param column what stands below it is indented by more
 */
export function blockScalar(text: string, at: number, column: number): BlockScalar {
  const folded = text.charCodeAt(at) === FOLDED;
  const chomp = text.charCodeAt(at + 1);
  const chomps = chomp === DASH || chomp === PLUS;
  const lines: string[] = [];
  let indent = -1;
  let lineStart = behindHeader(text, at + (chomps ? 2 : 1));
  let end = lineStart;
  let next = lineStart;
  while (lineStart < text.length) {
    let first = lineStart;
    while (text.charCodeAt(first) === SPACE) first += 1;
    const lineEnd = text.indexOf('\n', first);
    // The last line of a file has its end.
    if (lineEnd === -1 && first >= text.length) break;
    if (first === lineEnd) {
      if (first > lineStart) beyond();
      lines.push('');
    } else {
      const own = first - lineStart;
      if (indent === -1 && own > column) indent = own;
      if (indent === -1 || own < indent) break;
      if (lineEnd === -1 || (folded && own > indent)) beyond();
      lines.push(text.slice(lineStart + indent, lineEnd));
      end = lineEnd + 1;
    }
    lineStart = lineEnd + 1;
    next = lineStart;
  }
  if (indent === -1) beyond();
  let used = lines.length;
  while (lines[used - 1] === '') used -= 1;
  const content = folded ? fold(lines.slice(0, used)) : lines.slice(0, used).join('\n');
  const feeds = chomp === DASH ? 0 : chomp === PLUS ? lines.length - used + 1 : 1;
  return { value: content + '\n'.repeat(feeds), end: chomp === PLUS ? next : end, next };
}

/** The beginning of the line behind the header: it holds nothing more than a comment. */
function behindHeader(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at += 1;
  const letter = text.charCodeAt(at);
  if (letter !== LINE_FEED && !(letter === HASH && at > from)) beyond();
  const end = text.indexOf('\n', at);
  return end === -1 ? beyond() : end + 1;
}

/** Lines become one, but for those with empty lines between them. */
function fold(lines: readonly string[]): string {
  let result = '';
  let empty = 0;
  let begun = false;
  for (const line of lines) {
    if (line === '') {
      empty += 1;
      continue;
    }
    result += (empty > 0 ? '\n'.repeat(empty) : begun ? ' ' : '') + line;
    begun = true;
    empty = 0;
  }
  return result;
}
