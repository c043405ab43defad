import type { Json, JsonObject } from './json.js';

/** The resolved DAG. A blob in the store; workflows hold node numbers only. */
export interface Plan {
  readonly mortar: 1;
  readonly name: string;
  readonly profile: string | null;
  /** sha256 of the recipe's own text. */
  readonly recipe: string;
  readonly params: JsonObject;
  /** Where each param's value came from, and how well it is known. */
  readonly origins: Readonly<Record<string, { readonly from: string; readonly origin?: string }>>;
  /** In an order in which every node stands after those it needs. */
  readonly nodes: readonly PlanNode[];
  /** Pruned stages, with the line of the `if` that did it. */
  readonly pruned: readonly { readonly id: string; readonly line: number }[];
}

export interface PlanNode {
  /** Address: `validate`, `sft[easy]`, `evaluate[base].rollout`. */
  readonly id: string;
  /** Further addresses, where equal nodes collapsed. */
  readonly aliases: readonly string[];
  readonly activity: string;
  readonly version: number;
  /** By input name; a list concatenates. An optional input that is absent has no entry. */
  readonly inputs: Readonly<Record<string, readonly PlanInput[]>>;
  readonly with: JsonObject;
  /** Numbers of the nodes that must be done first, besides those that inputs name. */
  readonly needs: readonly number[];
  readonly queue: string;
  readonly retry: { readonly attempts: number; readonly backoff: number };
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
  /** Identity for collapsing, before digests exist. */
  readonly identity: string;
  /** 1-based line in the recipe. */
  readonly line: number;
}

export type PlanInput =
  | { readonly from: 'node'; readonly node: number; readonly output: string; readonly key: string }
  | { readonly from: 'file'; readonly path: string; readonly digest: string }
  | { readonly from: 'model'; readonly model: PlanModel };

export type PlanModel =
  | { readonly kind: 'scripted'; readonly name: string }
  | { readonly kind: 'weights'; readonly node: number; readonly output: string; readonly serve: JsonObject }
  | {
      readonly kind: 'endpoint';
      readonly model: string;
      readonly revision?: string;
      readonly url: Json;
      readonly key?: Json;
    }
  | { readonly kind: 'hub'; readonly hub: string; readonly revision?: string; readonly serve: JsonObject };
