import type { Json, JsonObject } from '../../json.js';
import { limits } from '../../limits.js';
import { BeyondPlain, beyond } from './beyond-plain.js';
import { blockScalar } from './block-scalar.js';
import {
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  COMMA,
  DOUBLE,
  FOLDED,
  HASH,
  LINE_FEED,
  LITERAL,
  OPEN_LIST,
  OPEN_MAP,
  PERCENT,
  SINGLE,
  SPACE,
} from './letters.js';
import { NodeTable } from './node-table.js';
import { PlainTree } from './plain-tree.js';
import { plainScalar } from './scalar.js';
import { Scanner } from './scanner.js';
import { Words } from './words.js';

/**
 * Reads the YAML that recipes are mostly written in: maps and lists by indentation, scalars on one line or as blocks, `{ }` and `[ ]`, comments.
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

/** Keys that mean something else, or that an object would put into another place. */
const special = /^(?:<<|__proto__|\d+)$/;
const longestKey = 1000;

class PlainReader extends Scanner {
  #lineStart = 0;
  /** Column of the first letter of the line that is read next; -1 at the end. */
  #indent = -1;
  #keyEnd = 0;
  readonly #table: NodeTable;
  readonly #keys = new Words();
  readonly #values = new Words();

  constructor(text: string) {
    super(text);
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
        this.at = at;
        this.#lineStart = lineStart;
        this.#indent = at >= text.length ? -1 : at - lineStart;
        // Directives, and the marks between documents.
        if (this.#indent === 0 && (letter === PERCENT || /^(?:---|\.\.\.)/.test(text.slice(at, at + 3)))) beyond();
        return;
      }
    }
  }

  /** Behind a value nothing is left of its line, but for a comment. */
  #nextLine(): void {
    const { text } = this;
    const from = this.at;
    this.spaces();
    const letter = text.charCodeAt(this.at);
    if (letter === HASH && this.at > from) {
      const end = text.indexOf('\n', this.at);
      this.#line(end === -1 ? text.length : end + 1);
    } else if (letter === LINE_FEED) this.#line(this.at + 1);
    else if (this.at >= text.length) this.#indent = -1;
    else beyond();
  }

  #map(column: number, node: number, depth: number): JsonObject {
    if (depth > limits.depth) beyond();
    const start = this.at;
    const result: JsonObject = {};
    let keys = 0;
    let previous = -1;
    do {
      const keyStart = this.at;
      const key = this.#blockKey();
      const child = this.#table.add(node, previous);
      this.#table.setKey(child, keyStart, this.#keyEnd);
      result[key] = this.#below(column, child, depth);
      keys += 1;
      previous = child;
      if (this.#indent > column) beyond();
    } while (this.#indent === column);
    if (hasFewer(result, keys)) beyond();
    this.#endBlock(node, start);
    return result;
  }

  /** The value of a key, from behind its colon. */
  #below(column: number, node: number, depth: number): Json {
    const colon = this.at;
    this.spaces();
    const { text } = this;
    const at = this.at;
    const letter = text.charCodeAt(at);
    if (letter !== LINE_FEED && at < text.length && !(letter === HASH && at > colon))
      return this.#inLine(column, node, depth);
    this.at = colon;
    this.#nextLine();
    if (this.#indent > column && this.#isOpening()) return this.#inLine(column, node, depth);
    if (this.#indent > column || (this.#indent === column && this.isDash(this.at)))
      return this.isDash(this.at)
        ? this.#list(this.#indent, node, depth + 1)
        : this.#map(this.#indent, node, depth + 1);
    this.#table.setRange(node, at, at);
    return null;
  }

  #list(column: number, node: number, depth: number): Json[] {
    if (depth > limits.depth) beyond();
    const start = this.at;
    const result: Json[] = [];
    let previous = -1;
    do {
      this.at += 1;
      this.spaces();
      const child = this.#table.add(node, previous);
      result.push(this.#entry(column, child, depth));
      previous = child;
      if (this.#indent > column) beyond();
    } while (this.#indent === column && this.isDash(this.at));
    this.#endBlock(node, start);
    return result;
  }

  /** What stands behind a dash, on its line. */
  #entry(column: number, node: number, depth: number): Json {
    const at = this.at;
    if (this.isDash(at)) return this.#list(at - this.#lineStart, node, depth + 1);
    return this.#isOpening() || this.#isBlock() || !this.#isKey()
      ? this.#inLine(column, node, depth)
      : this.#map(at - this.#lineStart, node, depth + 1);
  }

  /**
   * A scalar, or a list or map in brackets, and all that is left of its last line.
   * @param column of the block that it stands in
   */
  #inLine(column: number, node: number, depth: number): Json {
    if (this.#isBlock()) return this.#block(column, node);
    const letter = this.text.charCodeAt(this.at);
    let value: Json;
    if (this.#isOpening()) value = this.#brackets(column, node, depth + 1);
    else if (letter === SINGLE || letter === DOUBLE) value = this.#quotedValue(node);
    else {
      const start = this.at;
      const end = this.plainEnd(false);
      if (this.isColon(end)) beyond();
      value = this.#plainValue(node, start, end);
    }
    this.#nextLine();
    return value;
  }

  #block(column: number, node: number): string {
    const { value, end, next } = blockScalar(this.text, this.at, column);
    if (value.length > limits.text) beyond();
    this.#table.setRange(node, this.at, end);
    this.#line(next);
    return value;
  }

  #brackets(column: number, node: number, depth: number): Json {
    if (depth > limits.depth) beyond();
    const start = this.at;
    const isMap = this.text.charCodeAt(start) === OPEN_MAP;
    this.at += 1;
    const value = isMap ? this.#flowMap(column, node, depth) : this.#flowList(column, node, depth);
    this.at += 1;
    this.#table.setRange(node, start, this.at);
    return value;
  }

  #flowMap(column: number, node: number, depth: number): JsonObject {
    const map: JsonObject = {};
    let keys = 0;
    let previous = -1;
    for (;;) {
      this.gap(column);
      if (this.text.charCodeAt(this.at) === CLOSE_MAP) break;
      const child = this.#table.add(node, previous);
      previous = child;
      const keyStart = this.at;
      const key = this.#flowKey();
      this.#table.setKey(child, keyStart, this.#keyEnd);
      this.spaces();
      map[key] = this.#inBrackets(column, child, depth);
      keys += 1;
      this.#betweenParts(column, CLOSE_MAP);
    }
    return hasFewer(map, keys) ? beyond() : map;
  }

  #flowList(column: number, node: number, depth: number): Json[] {
    const list: Json[] = [];
    let previous = -1;
    for (;;) {
      this.gap(column);
      if (this.text.charCodeAt(this.at) === CLOSE_LIST) return list;
      const child = this.#table.add(node, previous);
      previous = child;
      list.push(this.#inBrackets(column, child, depth));
      this.#betweenParts(column, CLOSE_LIST);
    }
  }

  /** Behind a part comes a comma, or the end. */
  #betweenParts(column: number, close: number): void {
    this.gap(column);
    const letter = this.text.charCodeAt(this.at);
    if (letter === COMMA) this.at += 1;
    else if (letter !== close) beyond();
  }

  #inBrackets(column: number, node: number, depth: number): Json {
    if (this.#isOpening()) return this.#brackets(column, node, depth + 1);
    const letter = this.text.charCodeAt(this.at);
    if (letter === SINGLE || letter === DOUBLE) return this.#quotedValue(node);
    const start = this.at;
    return this.#plainValue(node, start, this.plainEnd(true));
  }

  /** Whether brackets begin here. */
  #isOpening(): boolean {
    const letter = this.text.charCodeAt(this.at);
    return letter === OPEN_LIST || letter === OPEN_MAP;
  }

  /** Whether a block of text begins here. */
  #isBlock(): boolean {
    const letter = this.text.charCodeAt(this.at);
    return letter === LITERAL || letter === FOLDED;
  }

  #quotedValue(node: number): string {
    const start = this.at;
    const value = this.quoted();
    if (value.length > limits.text) beyond();
    this.#table.setRange(node, start, this.at);
    return value;
  }

  #plainValue(node: number, start: number, end: number): Json {
    this.#table.setRange(node, start, end);
    this.at = end;
    const known = this.#values.find(this.text, start, end, this.hash);
    if (known !== undefined) return known;
    const value = plainScalar(this.text.slice(start, end));
    if (typeof value === 'string') return end - start > limits.text ? beyond() : this.#values.note(value, this.hash);
    return typeof value === 'number' && !Number.isFinite(value) ? beyond() : value;
  }

  /** Leaves the position behind the colon. */
  #blockKey(): string {
    const start = this.at;
    const letter = this.text.charCodeAt(start);
    if (letter === SINGLE || letter === DOUBLE) return this.#checkedKey(start, this.quoted(), this.at);
    return this.#plainKey(start, this.plainEnd(false));
  }

  #flowKey(): string {
    const start = this.at;
    const letter = this.text.charCodeAt(start);
    if (letter === SINGLE || letter === DOUBLE) return this.#checkedKey(start, this.quoted(), this.at, true);
    return this.#plainKey(start, this.plainEnd(true));
  }

  #plainKey(start: number, end: number): string {
    const { hash } = this;
    const known = this.#keys.find(this.text, start, end, hash);
    if (known !== undefined) return this.isColon(end) ? this.#behindKey(known, end) : beyond();
    const key = plainScalar(this.text.slice(start, end));
    return typeof key === 'string' ? this.#keys.note(this.#checkedKey(start, key, end), hash) : beyond();
  }

  #checkedKey(start: number, key: string, end: number, adjacent = false): string {
    const colon = adjacent ? this.text.charCodeAt(end) === COLON : this.isColon(end);
    if (!colon || end - start > longestKey || special.test(key)) beyond();
    return this.#behindKey(key, end);
  }

  #behindKey(key: string, end: number): string {
    this.#keyEnd = end;
    this.at = end + 1;
    return key;
  }

  /** Whether a key stands here: the line goes on with a map. */
  #isKey(): boolean {
    const start = this.at;
    const letter = this.text.charCodeAt(start);
    if (letter !== SINGLE && letter !== DOUBLE) return this.isColon(this.plainEnd(false));
    this.quoted();
    const found = this.text.charCodeAt(this.at) === COLON;
    this.at = start;
    return found;
  }

  /** Of a block of lines only the first one is ever shown. */
  #endBlock(node: number, start: number): void {
    const end = this.text.indexOf('\n', start);
    this.#table.setRange(node, start, end === -1 ? this.text.length : end);
  }
}

/** Whether a key was read twice. The keys are counted where they are, as a list of them is made only to be thrown away. */
function hasFewer(map: JsonObject, keys: number): boolean {
  let left = keys;
  for (const _ in map) left -= 1;
  return left > 0;
}
