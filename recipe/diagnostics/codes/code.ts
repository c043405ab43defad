import type { Severity } from '../severity.js';

/** What a code stands for, in words for the page of codes and for other tools' help. */
export interface Code {
  readonly severity: Severity;
  /** One sentence. */
  readonly meaning: string;
  /** Part of a recipe (or a command line) that gives the finding. */
  readonly example: string;
  /** What to do about it. */
  readonly mend: string;
}
