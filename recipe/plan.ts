import type { Json, JsonObject } from './json.js';
import type { ModelReference } from './model-reference.js';

/** The resolved DAG. A blob in the store; workflows hold node numbers only. */
export interface Plan {
  readonly mortar: 1;
  readonly name: string;
  readonly profile: string | null;
  /** sha256 of the recipe's own text. */
  readonly recipe: string;
  readonly params: JsonObject;
  /** Where each param's value came from, and how well it is known. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** In an order in which every node stands after those it needs. */
  readonly nodes: readonly PlanNode[];
  /** Pruned stages, with the line and the words of what did it: `if: params.train` is false. */
  readonly pruned: readonly { readonly id: string; readonly line: number; readonly reason: string }[];
  /** Of a matrix: the params that each cell sets. */
  readonly cells?: readonly CellOrigins[];
}

/** Where a value came from: a default, a profile, an extending recipe, a cell of the matrix, `--set`. */
export interface Origin {
  readonly from: string;
  /** How well a default is known: paper, secondary, code, assumed. */
  readonly origin?: string;
  /** Absent where the command line gave it. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

export interface CellOrigins {
  /** `masking=none,seed.train=17`. */
  readonly label: string;
  /** By the path of the param. */
  readonly params: Readonly<Record<string, { readonly value: Json } & Origin>>;
}

export interface PlanNode {
  /** Address: `validate`, `sft[easy]`, `evaluate[base].rollout`. */
  readonly id: string;
  /** Further addresses, where equal nodes collapsed. */
  readonly aliases: readonly string[];
  /** How many stages of the recipe's cells are this one node, where it is more than one. */
  readonly standsFor?: number;
  readonly activity: string;
  readonly version: number;
  /** Of an activity that is not Mortar's own: digest of the blob with its code. */
  readonly code?: string;
  /** The path or the package that this code was read from. */
  readonly module?: string;
  /** By input name; a list concatenates. An optional input that is absent has no entry. */
  readonly inputs: Readonly<Record<string, readonly PlanInput[]>>;
  readonly with: JsonObject;
  /** Numbers of the nodes that must be done first, besides those that inputs name. */
  readonly needs: readonly number[];
  readonly queue: string;
  readonly retry: {
    readonly attempts: number;
    readonly backoff: number;
    /** Codes of failures that are not tried again. */
    readonly non_retryable?: readonly string[];
  };
  /** Milliseconds for one attempt; absent: none. */
  readonly timeout?: number;
  readonly items: {
    readonly concurrency?: number;
    readonly timeout?: number;
    /** Share 0..1 or a count. */ readonly max_failures?: { readonly share: number } | { readonly count: number };
  };
  readonly sandbox: JsonObject;
  /** Expression over `outputs`; false holds the stage. */
  readonly expect?: string;
  readonly approve: boolean;
  /** Of `run --fresh`: part of the key, so that no earlier result is taken. */
  readonly nonce?: string;
  /** 1-based line in the recipe. */
  readonly line: number;
}

export type PlanInput =
  | { readonly from: 'node'; readonly node: number; readonly output: string; readonly key: string }
  | { readonly from: 'file'; readonly path: string; readonly digest: string }
  | { readonly from: 'model'; readonly model: PlanModel };

export type PlanModel =
  | ModelReference
  | { readonly kind: 'weights'; readonly node: number; readonly output: string; readonly serve: JsonObject };
