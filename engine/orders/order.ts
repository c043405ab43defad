import { hexOf } from '../../artifacts/digest.js';
import type { KeyDocument } from '../../recipe/key.js';
import type { JsonObject } from '../../recipe/json.js';
import type { ModelReference } from '../../recipe/model-reference.js';
import type { PlanNode } from '../../recipe/plan.js';

/** All that a worker needs to do a stage's work: `runs/<id>/orders/<node>-<key>.json`. */
export interface WorkOrder {
  readonly mortar: 1;
  readonly key: string;
  readonly document: KeyDocument;
  readonly runId: string;
  readonly node: number;
  readonly nodeId: string;
  /** By input name; what the key document lacks is where things are, not what they are. */
  readonly inputs: Readonly<Record<string, readonly OrderInput[]>>;
  readonly queue: string;
  readonly retry: PlanNode['retry'];
  readonly timeout?: number;
  readonly items: PlanNode['items'];
  readonly sandbox: JsonObject;
  /** Set by `retry --items all`: the time before which a bad item is to be worked on again, whoever's fault it was. */
  readonly again?: string;
}

export type OrderInput =
  | { readonly from: 'artifact'; readonly key: string; readonly kind: string; readonly digest: string }
  | { readonly from: 'file'; readonly path: string; readonly digest: string }
  | { readonly from: 'model'; readonly model: OrderModel };

export type OrderModel =
  ModelReference | { readonly kind: 'weights'; readonly digest: string; readonly serve: JsonObject };

/** Carries the key: a run whose plan was replaced has other work under a node's number, while the first still goes on. */
export function orderName(runId: string, node: number, key: string): string {
  return `runs/${runId}/orders/${node}-${hexOf(key).slice(0, 16)}.json`;
}
