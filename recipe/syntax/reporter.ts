import { type Diagnostic, hasErrors, sortDiagnostics } from '../diagnostics/diagnostic.js';
import type { DiagnosticCode, ErrorCode, WarningCode } from '../diagnostics/diagnostic-codes.js';
import type { Place } from './source.js';

/** Collects findings: everything is said at once, nothing is thrown one by one. */
export class Reporter {
  readonly #diagnostics: Diagnostic[] = [];

  error(place: Place, code: ErrorCode, message: string, suggestion?: string): void {
    this.#diagnostics.push(place.source.diagnostic(place, 'error', code, message, suggestion));
  }

  warn(place: Place, code: WarningCode, message: string, suggestion?: string): void {
    this.#diagnostics.push(place.source.diagnostic(place, 'warning', code, message, suggestion));
  }

  add(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.#diagnostics.push(diagnostic);
  }

  /** How much was found so far. */
  get count(): number {
    return this.#diagnostics.length;
  }

  /** Whether anything of this code was said. */
  told(code: DiagnosticCode): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.code === code);
  }

  get failed(): boolean {
    return hasErrors(this.#diagnostics);
  }

  sorted(): Diagnostic[] {
    return sortDiagnostics(this.#diagnostics);
  }
}
