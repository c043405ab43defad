import { type Diagnostic, hasErrors, sortDiagnostics } from './diagnostic.js';
import type { Place } from './source.js';

/** Collects findings: everything is said at once, nothing is thrown one by one. */
export class Reporter {
  readonly #diagnostics: Diagnostic[] = [];

  error(place: Place, code: string, message: string, suggestion?: string): void {
    this.#diagnostics.push(place.source.diagnostic(place, 'error', code, message, suggestion));
  }

  warn(place: Place, code: string, message: string, suggestion?: string): void {
    this.#diagnostics.push(place.source.diagnostic(place, 'warning', code, message, suggestion));
  }

  add(diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics.push(...diagnostics);
  }

  get failed(): boolean {
    return hasErrors(this.#diagnostics);
  }

  sorted(): Diagnostic[] {
    return sortDiagnostics(this.#diagnostics);
  }
}
