import { beyond } from './beyond-plain.js';
import {
  BACKSLASH,
  COLON,
  COMMA,
  CLOSE_LIST,
  CLOSE_MAP,
  DASH,
  DOUBLE,
  HASH,
  LINE_FEED,
  SINGLE,
  SPACE,
  isBracketPart,
  isIndicator,
  ordinaryLetters,
} from './letters.js';

/** Goes over a text, scalar by scalar. */
export class Scanner {
  protected at = 0;
  /** Of the letters of the plain scalar that was read last: finds a word again, without taking it out of the text. */
  protected hash = 0;

  constructor(readonly text: string) {}

  protected spaces(): void {
    const { text } = this;
    let { at } = this;
    while (text.charCodeAt(at) === SPACE) at += 1;
    this.at = at;
  }

  /**
   * What may stand between the parts of brackets: spaces, comments and line ends.
   * @param column the lines after the first one are indented by more
   */
  protected gap(column: number): void {
    const { text } = this;
    for (;;) {
      this.spaces();
      const letter = text.charCodeAt(this.at);
      if (letter === HASH && isBlank(text.charCodeAt(this.at - 1))) {
        const end = text.indexOf('\n', this.at);
        this.at = end === -1 ? beyond() : end;
      } else if (letter === LINE_FEED) {
        const lineStart = this.at + 1;
        this.at = lineStart;
        this.spaces();
        const first = text.charCodeAt(this.at);
        if (first !== LINE_FEED && this.at - lineStart <= column) beyond();
      } else return;
    }
  }

  /** End of the plain scalar that begins here: before a comment, a colon with a space, or in brackets what they are made of. */
  protected plainEnd(inBrackets: boolean): number {
    const { text } = this;
    const start = this.at;
    const first = text.charCodeAt(start);
    if (isIndicator(first) || start >= text.length || first === LINE_FEED) beyond();
    if (first === DASH && !(text.charCodeAt(start + 1) > SPACE)) beyond();
    const ordinary = ordinaryLetters;
    let end = start;
    let hash = 0;
    let at = start;
    for (; at < text.length; at += 1) {
      const letter = text.charCodeAt(at);
      if (!(letter >= ordinary.length || ordinary[letter] === 1)) {
        if (letter === SPACE) continue;
        if (letter === LINE_FEED || (letter === HASH && text.charCodeAt(at - 1) === SPACE)) break;
        if (letter === COLON) {
          const next = text.charCodeAt(at + 1);
          if (!(next > SPACE)) {
            if (at === end) break;
            beyond();
          }
          if (inBrackets && isBracketPart(next)) beyond();
        } else if (inBrackets && isBracketPart(letter)) break;
      }
      hash = (Math.imul(hash, 31) + letter) | 0;
      end = at + 1;
    }
    this.hash = hash;
    return inBrackets ? this.#endInBrackets(at, end) : end;
  }

  /** A scalar in brackets that ends with its line: nothing of it may stand on the next one. */
  #endInBrackets(at: number, end: number): number {
    const { text } = this;
    const stop = text.charCodeAt(at);
    if (stop === HASH) beyond();
    if (at < text.length && stop !== LINE_FEED) return end;
    let next = at;
    while (isBlank(text.charCodeAt(next))) next += 1;
    const letter = text.charCodeAt(next);
    return letter === COMMA || letter === CLOSE_LIST || letter === CLOSE_MAP ? end : beyond();
  }

  protected quoted(): string {
    return this.text.charCodeAt(this.at) === SINGLE ? this.#singleQuoted() : this.#doubleQuoted();
  }

  #singleQuoted(): string {
    const { text } = this;
    const start = this.at + 1;
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
      this.at = at + 1;
      const value = text.slice(start, at);
      return doubled ? value.replaceAll("''", "'") : value;
    }
  }

  #doubleQuoted(): string {
    const { text } = this;
    const start = this.at;
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
        this.at = at + 1;
        return escaped ? unescaped(text.slice(start, at + 1)) : text.slice(start + 1, at);
      }
    }
  }

  protected isDash(at: number): boolean {
    return this.text.charCodeAt(at) === DASH && !(this.text.charCodeAt(at + 1) > SPACE);
  }

  /** A colon with nothing, a space or the end of the line behind it. */
  protected isColon(at: number): boolean {
    return this.text.charCodeAt(at) === COLON && !(this.text.charCodeAt(at + 1) > SPACE);
  }
}

function isBlank(letter: number): boolean {
  return letter === SPACE || letter === LINE_FEED;
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
