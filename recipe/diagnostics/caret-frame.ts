/** Columns of a terminal that a frame's line takes at most; of a longer one the part around the finding is shown. */
const widest = 120;

/** A line of a file and below it carets under `column` up to `endColumn` (1-based UTF-16 units, the end exclusive). */
export function caretFrame(line: string, column: number, endColumn: number): { shown: string; carets: string } {
  const start = Math.min(column - 1, line.length);
  const end = Math.max(start, Math.min(endColumn - 1, line.length));
  const { from, to } = windowOf(line, start, end);
  const [before, after] = [from > 0 ? '…' : '', to < line.length ? '…' : ''];
  // Tabs stay tabs, so that the carets stand below what they mean.
  const indent = [...line.slice(from, start)].map((letter) => (letter === '\t' ? '\t' : ' '.repeat(widthOf(letter))));
  const carets = '^'.repeat(Math.max(1, widthOf(line.slice(start, Math.min(end, to)))));
  return {
    shown: `${before}${line.slice(from, to)}${after}`,
    carets: `${before === '' ? '' : ' '}${indent.join('')}${carets}`,
  };
}

/** The part of a long line that is shown: what is meant, with room on both sides. */
function windowOf(line: string, start: number, end: number): { from: number; to: number } {
  if (line.length <= widest) return { from: 0, to: line.length };
  const room = Math.max(20, Math.floor((widest - (end - start)) / 2));
  const from = Math.max(0, Math.min(start - room, line.length - widest));
  return { from: whole(line, from), to: whole(line, Math.min(line.length, from + widest)) };
}

/** Never between the two halves of one character. */
function whole(line: string, index: number): number {
  return /^[\uDC00-\uDFFF]/.test(line.slice(index)) ? index - 1 : index;
}

/** Columns that a terminal gives a text: two for East Asian and pictures, none for marks on the letter before. */
function widthOf(text: string): number {
  let width = 0;
  for (const letter of text)
    width += /^[\p{M}\u200B-\u200D\uFE0F\uFEFF]$/u.test(letter) ? 0 : wide.test(letter) ? 2 : 1;
  return width;
}

const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]$/u;
