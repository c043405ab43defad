import type { Diagnostic } from './diagnostic.js';

/** Diagnostics for people: message, place, and the line with carets under what is meant. */
export function renderText(
  diagnostics: readonly Diagnostic[],
  readText: (file: string) => string | null,
  color = false,
): string {
  return diagnostics.map((diagnostic) => renderOne(diagnostic, readText(diagnostic.file), color)).join('\n\n');
}

function renderOne(diagnostic: Diagnostic, text: string | null, color: boolean): string {
  const paint = (code: number, part: string): string => (color ? `\u001b[${code}m${part}\u001b[0m` : part);
  const tone = diagnostic.severity === 'error' ? 31 : 33;
  const head = `${paint(tone, `${diagnostic.severity}[${diagnostic.code}]`)}: ${diagnostic.message}`;
  const margin = String(diagnostic.line).length;
  const pad = ' '.repeat(margin);
  const lines = [head, `${pad}${paint(34, '-->')} ${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`];
  const shown = text?.split('\n')[diagnostic.line - 1];
  if (shown === undefined) return lines.join('\n');
  const end = diagnostic.endLine === diagnostic.line ? diagnostic.endColumn : shown.length + 1;
  const width = Math.max(1, Math.min(end, shown.length + 1) - diagnostic.column);
  // Tabs stay tabs, so that the carets stand below what they mean.
  const indent = shown.slice(0, diagnostic.column - 1).replaceAll(/[^\t]/g, ' ');
  lines.push(
    `${pad} ${paint(34, '|')}`,
    `${diagnostic.line} ${paint(34, '|')} ${shown}`,
    `${pad} ${paint(34, '|')} ${indent}${paint(tone, '^'.repeat(width))}`,
  );
  return lines.join('\n');
}
