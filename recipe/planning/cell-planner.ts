import type { Draft } from '../draft.js';
import type { Entry } from '../syntax/entry.js';
import type { Json, JsonObject } from '../json.js';
import { limits } from '../limits.js';
import { isObject } from '../merge.js';
import { readModel } from '../params/model-value.js';
import type { Planner, PlannerOptions } from './planner.js';
import { type Policies, noPolicies } from './policy.js';
import { StageGroup } from './stage-group.js';
import { resolveTemplates } from '../expressions/template.js';
import { type Broken, type Value, broken } from '../expressions/values.js';

export class CellPlanner implements Planner {
  readonly drafts: Draft[];
  readonly pruned: { id: string; line: number; reason: string }[];
  readonly root: StageGroup;
  readonly defaults: JsonObject;
  readonly policies: Policies;
  /** Stages and models that are being expanded, to find circles. */
  readonly #open: string[];
  readonly #models = new Map<string, Value>();
  /** From how many open ones on stages are expanded ahead. */
  #deep = 100;

  constructor(
    readonly options: PlannerOptions,
    outer?: CellPlanner,
    prefix = '',
  ) {
    const { defaults } = options.recipe;
    this.drafts = outer?.drafts ?? [];
    this.pruned = outer?.pruned ?? [];
    this.#open = outer ? outer.#open : [];
    this.policies = defaults ? noPolicies() : options.policies;
    this.root = new StageGroup(this, prefix, options.recipe.stages, undefined, options.needs ?? []);
    const resolved = defaults
      ? resolveTemplates(defaults.raw, this.root.scope(), options.reporter, defaults.place)
      : {};
    this.defaults = isObject(resolved as Json) ? (resolved as JsonObject) : {};
  }

  inner(options: PlannerOptions, prefix: string): CellPlanner {
    return new CellPlanner(options, this, prefix);
  }

  model(name: string): Value | undefined {
    const entry = this.options.recipe.models.get(name);
    if (entry === undefined) return undefined;
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const model = this.guard(`${this.root.prefix}models.${name}`, entry, () => {
      const value = resolveTemplates(entry.raw, this.root.scope(), this.options.reporter, entry.place);
      return readModel(value, this.options.reporter, entry.place);
    });
    this.#models.set(name, model);
    return model;
  }

  get isDeep(): boolean {
    return this.#open.length >= this.#deep;
  }

  ahead(expand: () => void): void {
    const before = this.#deep;
    this.#deep = this.#open.length + 100;
    try {
      expand();
    } finally {
      this.#deep = before;
    }
  }

  isFull(entry: Entry): boolean {
    const { count, reporter } = this.options;
    count.stages += 1;
    if (count.stages === limits.stages + 1)
      reporter.error(
        { ...entry.place, key: true },
        'plan-too-large',
        `With this stage the recipe comes to more than ${limits.stages} stages. Let one stage work on many items, instead of many stages on one item each.`,
      );
    return count.stages > limits.stages;
  }

  guard<T extends Value>(id: string, entry: Entry, expand: () => T): T | Broken {
    const refused = this.enter(id, entry);
    if (refused !== undefined) return refused;
    try {
      return expand();
    } finally {
      this.leave();
    }
  }

  enter(id: string, entry: Entry): Broken | undefined {
    const start = this.#open.indexOf(id);
    if (start === -1 && this.#open.length > limits.open) {
      this.options.reporter.error(
        { ...entry.place, key: true },
        'too-deep',
        `Stages, parts and recipes need each other here through more than ${limits.open} levels. Write stages in the order in which they need each other.`,
      );
      return broken;
    }
    if (start !== -1) {
      this.options.reporter.error(
        { ...entry.place, key: true },
        'cycle',
        `These need each other: ${[...this.#open.slice(start), id].join(' -> ')}. Break the circle at one of them.`,
      );
      return broken;
    }
    this.#open.push(id);
    return undefined;
  }

  leave(): void {
    this.#open.pop();
  }
}
