import type { Json, JsonObject } from '../json.js';
import type { Draft, DraftModel, NodeOutput } from '../draft.js';

/** What an expression of a recipe may yield: plain values, and handles of what exists only when the plan runs. */
export type Value = null | boolean | number | string | Handle | Value[] | { [key: string]: Value };

/** What all handles have in common: that they are no plain values. */
abstract class Held {}

/** Members that are looked up when they are asked for: `stages`, `models`, a part's `inputs`. */
export class Lazy extends Held {
  readonly handle = 'lazy';
  constructor(
    readonly what: string,
    readonly names: () => readonly string[],
    readonly get: (name: string) => Value | undefined,
  ) {
    super();
  }
}

/** One execution of a stage. */
export abstract class Instance extends Held {
  readonly handle = 'instance';
  abstract readonly id: string;
  /** Of its outputs. */
  abstract readonly names: readonly string[];
  abstract readonly drafts: readonly Draft[];
  abstract output(name: string): Value;
}

/** Of a stage that uses an activity: a node. */
export class Task extends Instance {
  /** Outputs that were asked for. */
  #artifacts: Artifact[] | undefined;

  constructor(
    readonly draft: Draft,
    /** Key of the foreach; empty elsewhere. */
    readonly key: string,
    readonly names: readonly string[],
  ) {
    super();
  }

  get id(): string {
    return this.draft.id;
  }

  get drafts(): readonly Draft[] {
    return [this.draft];
  }

  /** All that read an output read the same object. */
  output(name: string): Artifact {
    const known = this.#artifacts?.find(({ refs }) => refs[0]?.output === name);
    if (known) return known;
    const { draft, key } = this;
    const made = new Artifact(draft.kinds[name] ?? 'any', [{ from: 'node', draft, output: name, key }]);
    if (this.#artifacts === undefined) this.#artifacts = [made];
    else this.#artifacts.push(made);
    return made;
  }
}

/** Of a stage that uses a part or another recipe: their stages. */
export class Composite extends Instance {
  constructor(
    readonly id: string,
    readonly names: readonly string[],
    readonly drafts: readonly Draft[],
    readonly outputOf: (name: string) => Value,
  ) {
    super();
  }

  output(name: string): Value {
    return this.outputOf(name);
  }
}

/** The executions of a foreach stage, by key, in order. */
export class Instances extends Held {
  readonly handle = 'instances';
  constructor(
    readonly id: string,
    readonly byKey: ReadonlyMap<string, Instance | Pruned | Broken>,
  ) {
    super();
  }
}

/** `stage[*]`: all of them; an output of it is the list of theirs. */
export class Every extends Held {
  readonly handle = 'every';
  constructor(readonly of: Instances) {
    super();
  }
}

/** Outputs of nodes, of one kind. */
export class Artifact extends Held {
  readonly handle = 'artifact';
  constructor(
    readonly kind: string,
    readonly refs: readonly NodeOutput[],
  ) {
    super();
  }
}

/** A file beside the recipe, or a reference such as `hf:name@revision`. */
export class FileValue extends Held {
  readonly handle = 'file';
  constructor(
    readonly path: string,
    readonly digest: string,
  ) {
    super();
  }
}

export class ModelValue extends Held {
  readonly handle = 'model';
  constructor(readonly model: DraftModel) {
    super();
  }
}

/** What a pruned stage yields: null that remembers why. */
export class Pruned extends Held {
  readonly handle = 'pruned';
  constructor(
    readonly id: string,
    readonly line: number,
    readonly reason: string,
  ) {
    super();
  }
}

/** What a stage with errors yields: they are told already, so nothing is said of what comes of it. */
export class Broken extends Held {
  readonly handle = 'broken';
}

export type Handle = Lazy | Instance | Instances | Every | Artifact | FileValue | ModelValue | Pruned | Broken;

export const broken = new Broken();

export function isHandle<Given extends Value>(value: Given): value is Given & Handle {
  return value instanceof Held;
}

export function isObject(value: Value): value is { [key: string]: Value } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !isHandle(value);
}

/** What stands in the way of a value's being JSON. */
export type Obstacle = Exclude<Handle, Pruned>;

/** The value as JSON, sharing nothing with it; the handle that stands in the way where there is one (a pruned output is null). */
export function plainValue(value: Value): Json | Obstacle {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const entries: Json[] = [];
    for (const entry of value) {
      const plain = plainValue(entry);
      if (isHandle(plain)) return plain;
      entries.push(plain);
    }
    return entries;
  }
  if (isHandle(value)) return value instanceof Pruned ? null : value;
  const members: JsonObject = {};
  for (const name in value) {
    const plain = plainValue(value[name] ?? null);
    if (isHandle(plain)) return plain;
    members[name] = plain;
  }
  return members;
}

/** A handle in the words of messages. */
export function describeHandle(handle: Handle): string {
  switch (handle.handle) {
    case 'lazy':
      return `\`${handle.what}\``;
    case 'instance':
    case 'instances':
      return `stage \`${handle.id}\``;
    case 'every':
      return `all of \`${handle.of.id}\``;
    case 'artifact':
      return `an artifact (${handle.kind})`;
    case 'file':
      return `file \`${handle.path}\``;
    case 'model':
      return 'a model';
    case 'pruned':
      return `null (\`${handle.id}\` is pruned)`;
    case 'broken':
      return 'a stage with errors';
  }
}
