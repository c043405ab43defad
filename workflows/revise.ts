/** Another plan for a run that goes on. */
export interface Revise {
  /** Digests of the plan's blob and of what it was made from. */
  readonly plan: string;
  readonly source: string;
  readonly nodes: number;
  readonly set: readonly string[];
  readonly stage?: string;
  /** Nodes of the next plan that are to be tried again; none: all that are held or failed. */
  readonly retry: readonly number[];
}
