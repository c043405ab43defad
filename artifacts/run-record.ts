import type { JsonObject } from '../recipe/json.js';

/** `runs/<id>/run.json`: written before the first look-up, and again only when the run gets another plan. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly profile: string | null;
  /** Digest of the plan's blob. */
  readonly plan: string;
  /** Digest of the recipe text's blob. */
  readonly recipe: string;
  /** Blobs of the files that the plan names, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly onFailure: OnFailure;
  readonly nodes: number;
  /** Digest of the blob with all that the plan was made from: recipe, files that it read, values given. */
  readonly source?: string;
  /** The schedule that started it, and the time that it was due at. */
  readonly schedule?: { readonly id: string; readonly at: string };
  /** Plans that the run had before, and what each was replaced with. */
  readonly revisions?: readonly Revision[];
}

/** Another plan for a run that goes on: `retry --set`. */
export interface Revision {
  readonly plan: string;
  readonly at: string;
  readonly set: readonly string[];
  readonly stage?: string;
}

export type OnFailure = 'hold' | 'fail';
export type RunState = 'running' | 'held' | 'succeeded' | 'failed' | 'cancelled';
export type NodeState = 'cached' | 'done' | 'running' | 'waiting' | 'held' | 'failed' | 'skipped' | 'cancelled';

/** `runs/<id>/state.json` */
export interface RunStateRecord {
  readonly state: RunState;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly failure?: Failure;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What failed: the user's value, a machine, or Mortar itself. */
  readonly class: 'user' | 'infrastructure' | 'bug' | 'items' | 'expect' | 'approval';
}

/** `runs/<id>/nodes/<number>.json`, or a line of a batch: the last that is known of a node that has left `waiting`. */
export interface NodeRecord {
  readonly node: number;
  readonly id: string;
  readonly activity: string;
  readonly state: NodeState;
  readonly key?: string;
  readonly outputs?: Readonly<Record<string, { readonly kind: string; readonly digest: string }>>;
  readonly scalars?: JsonObject;
  readonly failure?: Failure;
  readonly approved?: boolean;
  readonly startedAt?: string;
  readonly endedAt?: string;
}
