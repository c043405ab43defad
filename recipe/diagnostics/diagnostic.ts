import type { Severity } from './severity.js';
import type { DiagnosticCode } from './diagnostic-codes.js';

/** One finding about a recipe. Positions are 1-based; the end column is exclusive. */
export interface Diagnostic {
  /** Stable, kebab-case: see the catalogue. */
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** What is wrong, with the value; and the next step, where there is one. */
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Text that would mend it at this position. */
  readonly suggestion?: string;
}

/** By file, position and code; what was said twice (once a foreach entry, once a profile) is kept once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(
    diagnostics.map((diagnostic) => [
      JSON.stringify([diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.code, diagnostic.message]),
      diagnostic,
    ]),
  );
  return [...seen.values()].sort(
    (left, right) =>
      compareText(left.file, right.file) ||
      left.line - right.line ||
      left.column - right.column ||
      compareText(left.code, right.code) ||
      compareText(left.message, right.message),
  );
}

/** Whether any finding is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
