import { caretFrame } from './caret-frame.js';
import type { Diagnostic } from './diagnostic.js';

/** Diagnostics for people: message, place, and the line with carets under what is meant. */
export function renderText(
  diagnostics: readonly Diagnostic[],
  readText: (file: string) => string | null,
  color = false,
): string {
  const files = new Map<string, string[] | undefined>();
  const secrets = diagnostics.filter(({ code }) => code === 'literal-secret');
  return diagnostics
    .map((diagnostic) => {
      const { file, line } = diagnostic;
      if (!files.has(file)) files.set(file, readText(file)?.split(/\r?\n/));
      const hidden = secrets.filter((secret) => secret.file === file && secret.line === line);
      const shown = files.get(file)?.[line - 1];
      return renderOne(diagnostic, shown === undefined ? undefined : hidden.reduce(hide, shown), color);
    })
    .join('\n\n');
}

/** A credential that stands in a recipe need not stand in the log of a build, too. */
function hide(text: string, { line, column, endLine, endColumn }: Diagnostic): string {
  const end = endLine === line ? Math.min(endColumn - 1, text.length) : text.length;
  return `${text.slice(0, column - 1)}${'*'.repeat(Math.max(0, end - column + 1))}${text.slice(end)}`;
}

function renderOne(diagnostic: Diagnostic, text: string | undefined, color: boolean): string {
  const paint = (code: number, part: string): string => (color ? `\u001b[${code}m${part}\u001b[0m` : part);
  const tone = diagnostic.severity === 'error' ? 31 : 33;
  const { severity, code, message, file, line, column } = diagnostic;
  const pad = ' '.repeat(String(line).length);
  const lines = [
    `${paint(tone, `${severity}[${code}]`)}: ${message}`,
    `${pad}${paint(34, '-->')} ${file}:${line}:${column}`,
  ];
  if (text === undefined) return lines.join('\n');
  const end = diagnostic.endLine === line ? diagnostic.endColumn : text.length + 1;
  const { shown, carets } = caretFrame(text, column, end);
  lines.push(
    `${pad} ${paint(34, '|')}`,
    `${line} ${paint(34, '|')} ${shown}`,
    `${pad} ${paint(34, '|')} ${paint(tone, carets)}`,
  );
  return lines.join('\n');
}
