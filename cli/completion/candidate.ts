/** A word that a shell may put in place of the one at the cursor. One that ends in `=` or `/` is gone on with: no blank follows. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

export function plainly(values: Iterable<string>): Candidate[] {
  return [...values].map((value) => ({ value }));
}
