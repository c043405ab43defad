/** Where the lines of a text begin: offsets into 1-based lines and columns. */
export class LineIndex {
  #starts: Int32Array | undefined;

  constructor(readonly text: string) {}

  /** Of an offset, or of the end where it is beyond that. */
  position(beyond: number): { readonly line: number; readonly column: number } {
    const offset = Math.min(beyond, this.text.length);
    const starts = (this.#starts ??= lineStarts(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): Int32Array {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  const starts = new Int32Array(count);
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts[line++] = at + 1;
  return starts;
}
