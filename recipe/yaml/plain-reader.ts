import type { Json, JsonObject } from '../json.js';
import { limits } from '../limits.js';
import { NodeTable } from './node-table.js';
import { PlainTree } from './plain-tree.js';
import { plainScalar } from './scalar.js';

/**
 * Reads the YAML that recipes are mostly written in: maps and lists by indentation, scalars and `{ }` or `[ ]` on one line, comments.
 * Undefined for a text with anything else, mistakes included: `document-tree.ts` reads all of YAML, at a twentieth of the speed.
 */
export function readPlain(text: string): PlainTree | undefined {
  // Tabs, carriage returns, control characters, and halves of characters.
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufeff]/.test(text) || !text.isWellFormed()) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error instanceof BeyondPlain) return undefined;
    throw error;
  }
}

class BeyondPlain extends Error {}

const [LINE_FEED, SPACE, DOUBLE, HASH, SINGLE, COMMA, DASH, COLON, BACKSLASH] = [10, 32, 34, 35, 39, 44, 45, 58, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [91, 93, 123, 125];
/** What a plain scalar never begins with; `-` it may, before anything but a space. */
const indicators = new Set([...'?:,[]{}#&*!|>\'"%@`'].map((letter) => letter.charCodeAt(0)));
/** Keys that mean something else, or that an object would put into another place. */
const special = /^(?:<<|__proto__|\d+)$/;
const longestKey = 1000;

class PlainReader {
  #at = 0;
  #lineStart = 0;
  /** Column of the first letter of the line that is read next; -1 at the end. */
  #indent = -1;
  #keyEnd = 0;
  readonly #table: NodeTable;

  constructor(readonly text: string) {
    this.#table = new NodeTable(text.length >> 4);
  }

  read(): PlainTree {
    this.#line(0);
    if (this.#indent === -1) return beyond();
    const root = this.#table.add(-1, -1);
    const data = this.#map(this.#indent, root, 1);
    return this.#indent === -1 ? new PlainTree(this.text, data, this.#table) : beyond();
  }

  /** Goes to the next line with content, from the beginning of a line. */
  #line(start: number): void {
    const { text } = this;
    let lineStart = start;
    for (;;) {
      let at = lineStart;
      while (text.charCodeAt(at) === SPACE) at += 1;
      const letter = text.charCodeAt(at);
      if (letter === LINE_FEED) {
        lineStart = at + 1;
      } else if (letter === HASH) {
        const end = text.indexOf('\n', at);
        lineStart = end === -1 ? text.length : end + 1;
      } else {
        this.#at = at;
        this.#lineStart = lineStart;
        this.#indent = at >= text.length ? -1 : at - lineStart;
        // Directives, and the marks between documents.
        if (this.#indent === 0 && (letter === 37 || /^(?:---|\.\.\.)/.test(text.slice(at, at + 3)))) beyond();
        return;
      }
    }
  }

  /** Behind a value nothing is left of its line, but for a comment. */
  #nextLine(): void {
    const { text } = this;
    const from = this.#at;
    this.#spaces();
    const letter = text.charCodeAt(this.#at);
    if (letter === HASH && this.#at > from) {
      const end = text.indexOf('\n', this.#at);
      this.#line(end === -1 ? text.length : end + 1);
    } else if (letter === LINE_FEED) this.#line(this.#at + 1);
    else if (this.#at >= text.length) this.#indent = -1;
    else beyond();
  }

  #spaces(): void {
    while (this.text.charCodeAt(this.#at) === SPACE) this.#at += 1;
  }

  #map(column: number, node: number, depth: number): JsonObject {
    if (depth > limits.depth) beyond();
    const start = this.#at;
    const result: JsonObject = {};
    let previous = -1;
    do {
      const keyStart = this.#at;
      const key = this.#blockKey();
      if (Object.hasOwn(result, key)) beyond();
      const child = this.#table.add(node, previous);
      this.#table.setKey(child, keyStart, this.#keyEnd);
      result[key] = this.#below(column, child, depth);
      previous = child;
      if (this.#indent > column) beyond();
    } while (this.#indent === column);
    this.#endBlock(node, start);
    return result;
  }

  /** The value of a key, from behind its colon. */
  #below(column: number, node: number, depth: number): Json {
    const colon = this.#at;
    this.#spaces();
    const { text } = this;
    const at = this.#at;
    const letter = text.charCodeAt(at);
    if (letter !== LINE_FEED && at < text.length && !(letter === HASH && at > colon)) return this.#inLine(node, depth);
    this.#at = colon;
    this.#nextLine();
    if (this.#indent > column || (this.#indent === column && this.#isDash(this.#at)))
      return this.#isDash(this.#at)
        ? this.#list(this.#indent, node, depth + 1)
        : this.#map(this.#indent, node, depth + 1);
    this.#table.setRange(node, at, at);
    return null;
  }

  #list(column: number, node: number, depth: number): Json[] {
    if (depth > limits.depth) beyond();
    const start = this.#at;
    const result: Json[] = [];
    let previous = -1;
    do {
      this.#at += 1;
      this.#spaces();
      const child = this.#table.add(node, previous);
      result.push(this.#entry(child, depth));
      previous = child;
      if (this.#indent > column) beyond();
    } while (this.#indent === column && this.#isDash(this.#at));
    this.#endBlock(node, start);
    return result;
  }

  /** What stands behind a dash, on its line. */
  #entry(node: number, depth: number): Json {
    const at = this.#at;
    if (this.#isDash(at)) return this.#list(at - this.#lineStart, node, depth + 1);
    const letter = this.text.charCodeAt(at);
    const flow = letter === OPEN_LIST || letter === OPEN_MAP;
    return !flow && this.#isKey() ? this.#map(at - this.#lineStart, node, depth + 1) : this.#inLine(node, depth);
  }

  /** A scalar, or a list or map in brackets, and all that is left of its line. */
  #inLine(node: number, depth: number): Json {
    const letter = this.text.charCodeAt(this.#at);
    let value: Json;
    if (letter === OPEN_LIST || letter === OPEN_MAP) value = this.#brackets(node, depth + 1);
    else if (letter === SINGLE || letter === DOUBLE) value = this.#quotedValue(node);
    else {
      const start = this.#at;
      const end = this.#plainEnd(false);
      if (this.#isColon(end)) beyond();
      value = this.#plainValue(node, start, end);
    }
    this.#nextLine();
    return value;
  }

  #brackets(node: number, depth: number): Json {
    if (depth > limits.depth) beyond();
    const start = this.#at;
    const isMap = this.text.charCodeAt(start) === OPEN_MAP;
    const close = isMap ? CLOSE_MAP : CLOSE_LIST;
    const map: JsonObject = {};
    const list: Json[] = [];
    let previous = -1;
    this.#at += 1;
    for (;;) {
      this.#spaces();
      if (this.text.charCodeAt(this.#at) === close) break;
      const child = this.#table.add(node, previous);
      previous = child;
      if (isMap) {
        const keyStart = this.#at;
        const key = this.#flowKey();
        if (Object.hasOwn(map, key)) beyond();
        this.#table.setKey(child, keyStart, this.#keyEnd);
        this.#spaces();
        map[key] = this.#inBrackets(child, depth);
      } else list.push(this.#inBrackets(child, depth));
      this.#spaces();
      const letter = this.text.charCodeAt(this.#at);
      if (letter === COMMA) this.#at += 1;
      else if (letter !== close) beyond();
    }
    this.#at += 1;
    this.#table.setRange(node, start, this.#at);
    return isMap ? map : list;
  }

  #inBrackets(node: number, depth: number): Json {
    const letter = this.text.charCodeAt(this.#at);
    if (letter === OPEN_LIST || letter === OPEN_MAP) return this.#brackets(node, depth + 1);
    if (letter === SINGLE || letter === DOUBLE) return this.#quotedValue(node);
    const start = this.#at;
    return this.#plainValue(node, start, this.#plainEnd(true));
  }

  #quotedValue(node: number): string {
    const start = this.#at;
    const value = this.#quoted();
    if (value.length > limits.text) beyond();
    this.#table.setRange(node, start, this.#at);
    return value;
  }

  #plainValue(node: number, start: number, end: number): Json {
    const value = plainScalar(this.text.slice(start, end));
    if ((typeof value === 'number' && !Number.isFinite(value)) || end - start > limits.text) beyond();
    this.#table.setRange(node, start, end);
    this.#at = end;
    return value;
  }

  /** Leaves the position behind the colon. */
  #blockKey(): string {
    const start = this.#at;
    const letter = this.text.charCodeAt(start);
    if (letter === SINGLE || letter === DOUBLE) return this.#checkedKey(start, this.#quoted(), this.#at);
    const end = this.#plainEnd(false);
    return this.#checkedKey(start, this.#plainKey(start, end), end);
  }

  #flowKey(): string {
    const start = this.#at;
    const letter = this.text.charCodeAt(start);
    if (letter === SINGLE || letter === DOUBLE) return this.#checkedKey(start, this.#quoted(), this.#at, true);
    const end = this.#plainEnd(true);
    return this.#checkedKey(start, this.#plainKey(start, end), end);
  }

  #plainKey(start: number, end: number): string {
    const key = plainScalar(this.text.slice(start, end));
    return typeof key === 'string' ? key : beyond();
  }

  #checkedKey(start: number, key: string, end: number, adjacent = false): string {
    const colon = adjacent ? this.text.charCodeAt(end) === COLON : this.#isColon(end);
    if (!colon || end - start > longestKey || special.test(key)) beyond();
    this.#keyEnd = end;
    this.#at = end + 1;
    return key;
  }

  /** Whether a key stands here: the line goes on with a map. */
  #isKey(): boolean {
    const start = this.#at;
    const letter = this.text.charCodeAt(start);
    if (letter !== SINGLE && letter !== DOUBLE) return this.#isColon(this.#plainEnd(false));
    this.#quoted();
    const found = this.text.charCodeAt(this.#at) === COLON;
    this.#at = start;
    return found;
  }

  /** End of the plain scalar that begins here: before a comment, a colon with a space, or in brackets what they are made of. */
  #plainEnd(inBrackets: boolean): number {
    const { text } = this;
    const start = this.#at;
    const first = text.charCodeAt(start);
    if (indicators.has(first) || start >= text.length || first === LINE_FEED) beyond();
    if (first === DASH && !(text.charCodeAt(start + 1) > SPACE)) beyond();
    let end = start;
    for (let at = start; ; at += 1) {
      const letter = text.charCodeAt(at);
      if (letter === SPACE) continue;
      if (letter === LINE_FEED || Number.isNaN(letter)) return inBrackets ? beyond() : end;
      if (letter === HASH && text.charCodeAt(at - 1) === SPACE) return inBrackets ? beyond() : end;
      if (letter === COLON) {
        const next = text.charCodeAt(at + 1);
        if (!(next > SPACE)) return at === end ? end : beyond();
        if (inBrackets && isBracketPart(next)) beyond();
      } else if (inBrackets && isBracketPart(letter)) return end;
      end = at + 1;
    }
  }

  #quoted(): string {
    return this.text.charCodeAt(this.#at) === SINGLE ? this.#singleQuoted() : this.#doubleQuoted();
  }

  #singleQuoted(): string {
    const { text } = this;
    const start = this.#at + 1;
    let doubled = false;
    for (let at = start; ; at += 1) {
      const letter = text.charCodeAt(at);
      if (letter === LINE_FEED || Number.isNaN(letter)) beyond();
      if (letter !== SINGLE) continue;
      if (text.charCodeAt(at + 1) === SINGLE) {
        doubled = true;
        at += 1;
        continue;
      }
      this.#at = at + 1;
      const value = text.slice(start, at);
      return doubled ? value.replaceAll("''", "'") : value;
    }
  }

  #doubleQuoted(): string {
    const { text } = this;
    const start = this.#at;
    let escaped = false;
    for (let at = start + 1; ; at += 1) {
      const letter = text.charCodeAt(at);
      if (letter === LINE_FEED || Number.isNaN(letter)) beyond();
      if (letter === BACKSLASH) {
        // Those that mean the same in JSON.
        if (!'"\\/bfnrtu'.includes(text.charAt(at + 1))) beyond();
        escaped = true;
        at += 1;
      } else if (letter === DOUBLE) {
        this.#at = at + 1;
        return escaped ? unescaped(text.slice(start, at + 1)) : text.slice(start + 1, at);
      }
    }
  }

  #isDash(at: number): boolean {
    return this.text.charCodeAt(at) === DASH && !(this.text.charCodeAt(at + 1) > SPACE);
  }

  /** A colon with nothing, a space or the end of the line behind it. */
  #isColon(at: number): boolean {
    return this.text.charCodeAt(at) === COLON && !(this.text.charCodeAt(at + 1) > SPACE);
  }

  /** Of a block of lines only the first one is ever shown. */
  #endBlock(node: number, start: number): void {
    const end = this.text.indexOf('\n', start);
    this.#table.setRange(node, start, end === -1 ? this.text.length : end);
  }
}

function unescaped(quoted: string): string {
  let value: string;
  try {
    value = JSON.parse(quoted) as string;
  } catch {
    return beyond();
  }
  return value.isWellFormed() ? value : beyond();
}

function isBracketPart(letter: number): boolean {
  return (
    letter === COMMA || letter === OPEN_LIST || letter === CLOSE_LIST || letter === OPEN_MAP || letter === CLOSE_MAP
  );
}

function beyond(): never {
  throw new BeyondPlain();
}
