import { display } from './functions.js';
import type { ActivityDeclaration } from './declaration.js';
import type { Draft } from './draft.js';
import type { Scope } from './evaluate.js';
import { expandActivity } from './expand-activity.js';
import { expandPart } from './expand-part.js';
import { expandForeach } from './foreach.js';
import type { Json, JsonObject } from './json.js';
import type { Entry, Recipe } from './load.js';
import { isObject } from './merge.js';
import { readModel } from './model-value.js';
import type { Reporter } from './reporter.js';
import type { Place } from './source.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { evaluateText, resolveTemplates, wholeExpression } from './template.js';
import { truthy } from './evaluate.js';
import { Broken, Instance, Instances, Lazy, Pruned, type Value, broken } from './values.js';

/** What all stages of one cell share. */
export interface PlannerOptions {
  readonly recipe: Recipe;
  readonly activities: readonly ActivityDeclaration[];
  readonly params: Lazy;
  readonly cell: string;
  readonly reporter: Reporter;
}

/** A stage entry as the author wrote it. */
export interface StageEntry {
  readonly name: string;
  /** Address: `demos.rollout`; a foreach adds its key. */
  readonly id: string;
  readonly raw: JsonObject;
  readonly place: Place;
}

/** Expands the stages of one cell on demand: a stage is expanded when something refers to it, so drafts come in topological order. */
export class Planner {
  readonly drafts: Draft[] = [];
  readonly pruned: { id: string; line: number }[] = [];
  readonly root: Group;
  readonly defaults: JsonObject;
  /** Stages and models that are being expanded, to find circles. */
  readonly #open: string[] = [];
  readonly #models = new Map<string, Value>();

  constructor(readonly options: PlannerOptions) {
    const { defaults } = options.recipe;
    this.root = new Group(this, '', options.recipe.stages, undefined, []);
    const resolved = defaults
      ? resolveTemplates(defaults.raw, this.root.scope(), options.reporter, defaults.place)
      : {};
    this.defaults = isObject(resolved as Json) ? (resolved as JsonObject) : {};
  }

  model(name: string): Value | undefined {
    const entry = this.options.recipe.models.get(name);
    if (entry === undefined) return undefined;
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const model = this.guard(`models.${name}`, entry.place, () => {
      const value = resolveTemplates(entry.raw, this.root.scope(), this.options.reporter, entry.place);
      return readModel(value, this.options.reporter, entry.place);
    });
    this.#models.set(name, model);
    return model;
  }

  /** Runs an expansion, unless it is already under way further up: then it is a circle. */
  guard<T extends Value>(id: string, place: Place, expand: () => T): T | Broken {
    const start = this.#open.indexOf(id);
    if (start !== -1) {
      this.options.reporter.error(
        { ...place, key: true },
        'cycle',
        `These need each other: ${[...this.#open.slice(start), id].join(' -> ')}. Break the circle at one of them.`,
      );
      return broken;
    }
    this.#open.push(id);
    try {
      return expand();
    } finally {
      this.#open.pop();
    }
  }
}

/** Stages that see each other by name: those of the recipe, or those of one use of a part. */
export class Group {
  readonly #known = new Map<string, Value>();

  constructor(
    readonly planner: Planner,
    /** `demos.` within a use of a part. */
    readonly prefix: string,
    readonly stages: ReadonlyMap<string, Entry>,
    readonly inputs: Lazy | undefined,
    /** Drafts that all of the group must wait for. */
    readonly needs: readonly Draft[],
  ) {}

  /** A stage of the group, else of the recipe: a part may use what all its uses share. */
  stage(name: string): Value | undefined {
    const entry = this.stages.get(name);
    if (entry === undefined) return this.prefix === '' ? undefined : this.planner.root.stage(name);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const id = `${this.prefix}${name}`;
    const raw = entry.raw as JsonObject;
    const value = this.planner.guard(id, entry.place, () => this.#expand({ name, id, raw, place: entry.place }));
    this.#known.set(name, value);
    return value;
  }

  names(): string[] {
    return [...new Set([...this.stages.keys(), ...(this.prefix === '' ? [] : this.planner.root.stages.keys())])];
  }

  /** Names in expressions: the contexts, `extra` (foreach), and the stages themselves. */
  scope(extra: { readonly [name: string]: Value } = {}): Scope {
    const stages = new Lazy(
      'stages',
      () => this.names(),
      (name) => this.stage(name),
    );
    const models = new Lazy(
      'models',
      () => [...this.planner.options.recipe.models.keys()],
      (name) => this.planner.model(name),
    );
    const contexts: { readonly [name: string]: Value } = {
      params: this.planner.options.params,
      models,
      stages,
      ...(this.inputs ? { inputs: this.inputs } : {}),
      ...extra,
    };
    return {
      names: () => [...Object.keys(contexts), ...this.names()],
      lookup: (name) => (Object.hasOwn(contexts, name) ? contexts[name] : this.stage(name)),
    };
  }

  #expand(stage: StageEntry): Value {
    if (stage.raw.foreach !== undefined)
      return expandForeach(this, stage, (extra, id, key) => this.#single(stage, extra, id, key));
    return this.#single(stage, {}, stage.id, '');
  }

  #single(
    stage: StageEntry,
    extra: { readonly [name: string]: Value },
    id: string,
    key: string,
  ): Instance | Pruned | Broken {
    const scope = this.scope(extra);
    const condition = this.#condition(stage, scope);
    if (condition instanceof Broken) return condition;
    if (!condition) {
      const line = stage.place.source.line([...stage.place.path, 'if'], true);
      this.planner.pruned.push({ id, line });
      return new Pruned(id, line, `\`if: ${display(stage.raw.if ?? null)}\` is false`);
    }
    const uses = display(stage.raw.uses ?? null);
    if (uses.startsWith('part/')) return expandPart(this, stage, scope, id, key);
    return expandActivity(this, stage, scope, id, key);
  }

  #condition(stage: StageEntry, scope: Scope): boolean | Broken {
    const raw = stage.raw.if;
    if (raw === undefined || typeof raw === 'boolean') return raw ?? true;
    const place = { ...stage.place, path: [...stage.place.path, 'if'] };
    const whole = wholeExpression(display(raw));
    const value = evaluateText(
      whole?.expression ?? display(raw),
      scope,
      this.planner.options.reporter,
      place,
      whole?.offset ?? 0,
    );
    return value instanceof Broken ? value : truthy(value);
  }

  /** Drafts that `needs` names. */
  needed(stage: StageEntry): Draft[] {
    const names = Array.isArray(stage.raw.needs) ? stage.raw.needs : [];
    return names.flatMap((name, index) => {
      const value = this.stage(display(name));
      if (value === undefined) {
        const meant = suggest(display(name), this.names());
        const place = { ...stage.place, path: [...stage.place.path, 'needs', index] };
        this.planner.options.reporter.error(
          place,
          'unknown-stage',
          `There is no stage \`${display(name)}\`${didYouMean(meant) || `; there are ${listed(this.names(), 40)}.`}`,
          meant,
        );
        return [];
      }
      return draftsIn(value);
    });
  }
}

export function draftsIn(value: Value): readonly Draft[] {
  if (value instanceof Instance) return value.drafts;
  if (value instanceof Instances) return [...value.byKey.values()].flatMap(draftsIn);
  return [];
}
