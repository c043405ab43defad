/** A line that the agent sees. */
export interface VisibleLine {
  /** Counts visible lines, from 1. */
  readonly number: number;
  /** Line in the file, 1-based. */
  readonly line: number;
  /** Without the function's own indentation. */
  readonly text: string;
}

/** @param start line in the file of the first of `lines`; `docstring` holds lines in the file, which are hidden and not counted */
export function visibleLines(lines: readonly string[], start: number, docstring: readonly number[]): VisibleLine[] {
  const hidden = new Set(docstring);
  const indentation = /^[ \t]*/.exec(lines[0] ?? '')?.[0].length ?? 0;
  return lines
    .map((text, index) => ({ line: start + index, text: dedent(text, indentation) }))
    .filter(({ line }) => !hidden.has(line))
    .map((visible, index) => ({ number: index + 1, ...visible }));
}

/** Each visible line as `N|TEXT`. */
export function numberedCode(lines: readonly VisibleLine[]): string {
  return lines.map(({ number, text }) => `${number}|${text}`).join('\n');
}

/** A line that stands further left than the function (a string that goes on) keeps what it has. */
function dedent(text: string, indentation: number): string {
  const own = /^[ \t]*/.exec(text)?.[0].length ?? 0;
  return text.slice(Math.min(own, indentation));
}
