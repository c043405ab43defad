import type { Scope } from '../expressions/evaluate.js';
import type { Group } from './planner.js';
import type { Value } from '../expressions/values.js';

/** The contexts (params, models, stages, inputs), what a foreach adds, and the stages themselves. */
export class GroupScope implements Scope {
  constructor(
    readonly group: Group,
    readonly contexts: ReadonlyMap<string, Value>,
    readonly extra?: { readonly [name: string]: Value },
  ) {}

  names(): string[] {
    return [...this.contexts.keys(), ...Object.keys(this.extra ?? {}), ...this.group.names()];
  }

  lookup(name: string): Value | undefined {
    const { extra } = this;
    if (extra !== undefined && Object.hasOwn(extra, name)) return extra[name];
    return this.contexts.get(name) ?? this.group.stage(name);
  }
}
