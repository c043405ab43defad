/** What the planner knows of an activity: no code, only types. */
export interface ActivityDeclaration {
  /** Room and file name: `validate/run-tests`. */
  readonly name: string;
  /** Raised whenever the same inputs may give another output. Part of every key. */
  readonly version: number;
  /** One sentence for `mortar activities`. */
  readonly summary: string;
  /** False where sampling decides. @default true */
  readonly deterministic?: boolean;
  /** Resource class: which task queue it runs on. */
  readonly queue: 'cpu' | 'sandbox' | 'gpu';
  readonly inputs: Readonly<Record<string, InputDeclaration>>;
  readonly outputs: Readonly<Record<string, { readonly kind: string; readonly description?: string }>>;
  /** Names of scalar outputs, readable in `expect`. */
  readonly scalars?: readonly string[];
  /** JSON Schema (draft 2020-12, type object, additionalProperties false) of `with`; defaults are filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Params that only say how many items there are (`samples`); not part of an item's identity. */
  readonly extent?: readonly string[];
  /**
   * Inputs that are read only to list the items, each of which carries in its value all that its result depends on. They are not part of
   * an item's identity, so further records leave finished items as they are. @default none: any change of an input starts over
   */
  readonly itemInputs?: readonly string[];
  /** Params that hold a `where` predicate over `item`, by the record kind that it is checked against. */
  readonly predicates?: Readonly<Record<string, string>>;
  /** True where the stage names the inputs, of any kind, and declares the outputs (`command`): see `declared-outputs.ts`. */
  readonly declaredByStage?: boolean;
  /** True: has items. */
  readonly map?: boolean | 'streamed';
  /** Of a module from elsewhere: digest of its code, which is part of every key. Set by whoever loads it. */
  readonly code?: string;
  /** Of a module from elsewhere: the path or the package that it was read from, for people. */
  readonly module?: string;
}

export interface InputDeclaration {
  /** Artifact kind, or several that are all accepted; 'any' accepts all. */
  readonly kind: string | readonly string[];
  readonly description?: string;
  readonly optional?: boolean;
  /** Where it is left out it is whatever of this kind the other inputs were made with: the environments of these instances. */
  readonly implied?: boolean;
}
