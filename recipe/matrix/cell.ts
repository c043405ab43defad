import type { Json } from '../json.js';

/** Label of the value by axis. */
export type Labels = Readonly<Record<string, string>>;

/** One combination of the axes. */
export interface Cell {
  /** `masking=none,seed.train=17`. */
  readonly label: string;
  readonly labels: Labels;
  readonly values: Readonly<Record<string, Json>>;
}
