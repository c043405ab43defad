/** Where the lines of a text begin: offsets into 1-based lines and columns. */
export class LineIndex {
  #starts: Int32Array | undefined;
  /** 0-based, asked for last: what is asked for next mostly stands on it or a few lines below it. */
  #last = 0;

  constructor(readonly text: string) {}

  /** Of an offset, or of the end where it is beyond that. */
  position(beyond: number): { readonly line: number; readonly column: number } {
    const offset = Math.min(beyond, this.text.length);
    const line = this.line(offset);
    return { line, column: offset - (this.#starts?.[line - 1] ?? 0) + 1 };
  }

  line(offset: number): number {
    this.#starts ??= lineStarts(this.text);
    this.#last = lineAt(offset, this.#starts, this.#last);
    return this.#last + 1;
  }
}

/** Steps from a line that may be near, before all lines are searched. */
const few = 8;

function lineAt(offset: number, starts: Int32Array, near: number): number {
  if ((starts[near] ?? 0) <= offset)
    for (let line = near; line < near + few; line += 1) if (offset < (starts[line + 1] ?? Infinity)) return line;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineStarts(text: string): Int32Array {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  const starts = new Int32Array(count);
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts[line++] = at + 1;
  return starts;
}
