import type { Diagnostic } from './diagnostic.js';
import { sarif } from './render-sarif.js';
import { renderText } from './render-text.js';

export const formats = ['text', 'json', 'sarif', 'github'] as const;
export type Format = (typeof formats)[number];

/** Diagnostics in one of the formats of `mortar check`. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  format: Format,
  readText: (file: string) => string | null,
  color = false,
): string {
  switch (format) {
    case 'text':
      return renderText(diagnostics, readText, color);
    case 'json':
      return JSON.stringify(diagnostics, null, 2);
    case 'sarif':
      return JSON.stringify(sarif(diagnostics), null, 2);
    case 'github':
      return diagnostics.map(github).join('\n');
  }
}

/** A workflow command, which GitHub shows beside the line. */
function github({ severity, file, line, column, endLine, endColumn, code, message }: Diagnostic): string {
  const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${severity} file=${property(file)},line=${line},endLine=${endLine},col=${column},endColumn=${endColumn},title=${property(code)}::${data(message)}`;
}
