import type { ActivityDeclaration } from './declaration.js';
import type { Entry } from './syntax/entry.js';
import type { JsonObject } from './json.js';
import type { ModelReference } from './model-reference.js';
import type { PlanNode } from './plan.js';

/** A node before it has a number: its inputs are drafts themselves. Drafts are made after all that they need. */
export interface Draft {
  /** Address within its cell of the matrix. */
  readonly id: string;
  /** Cell of the matrix, such as `masking=none,seed.train=17`; empty without a matrix. */
  readonly cell: string;
  readonly declaration: ActivityDeclaration;
  readonly inputs: Readonly<Record<string, readonly DraftInput[]>>;
  /** Artifact kind by output name, with generic outputs resolved. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly with: JsonObject;
  readonly needs: readonly Draft[];
  readonly policy: Policy;
  readonly expect?: string;
  readonly approve: boolean;
  /** Set where a run asked for the work anew: makes it other work than what is in the cache. */
  readonly nonce?: string;
  readonly line: number;
  /** What the recipe says of the stage. */
  readonly entry: Entry;
  /** The same for drafts of the same work: see `Identities`. */
  readonly work: number;
}

/** A draft that has all but the number of its work. */
export type NewDraft = Omit<Draft, 'work'> & { work: number };

export type Policy = Pick<PlanNode, 'queue' | 'retry' | 'timeout' | 'items' | 'sandbox'>;

/** An output of a node; all that read it share one object. */
export interface NodeOutput {
  readonly from: 'node';
  readonly draft: Draft;
  readonly output: string;
  /** Key of the foreach that it came out of; empty elsewhere. */
  readonly key: string;
}

export type DraftInput =
  | NodeOutput
  | { readonly from: 'file'; readonly path: string; readonly digest: string }
  | { readonly from: 'model'; readonly model: DraftModel };

/** A model as a stage asks for it. */
export type DraftModel =
  | ModelReference
  | { readonly kind: 'weights'; readonly draft: Draft; readonly output: string; readonly serve: JsonObject };

/** All drafts that an input reads. */
export function draftsOf(input: DraftInput): readonly Draft[] {
  switch (input.from) {
    case 'node':
      return [input.draft];
    case 'file':
      return [];
    case 'model':
      return input.model.kind === 'weights' ? [input.model.draft] : [];
  }
}
