import type { Entry, NamedEntry } from './entry.js';
import { display } from './functions.js';
import { GroupScope } from './group-scope.js';
import type { ActivityModules } from './activity-modules.js';
import type { ActivityDeclaration } from './declaration.js';
import type { Draft } from './draft.js';
import type { Scope } from './evaluate.js';
import { expandActivity } from './expand-activity.js';
import { expandPart } from './expand-part.js';
import { expandRecipe } from './expand-recipe.js';
import { stagesAhead } from './expansion-order.js';
import { expandForeach } from './foreach.js';
import type { Identities } from './identity.js';
import type { Json, JsonObject } from './json.js';
import { limits } from './limits.js';
import type { Recipe } from './load.js';
import { isObject } from './merge.js';
import { readModel } from './model-value.js';
import { type Policies, noPolicies } from './policy.js';
import type { Reporter } from './reporter.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { evaluateText, resolveTemplates, wholeExpression } from './template.js';
import { truthy } from './evaluate.js';
import { Broken, Instance, Instances, Lazy, Pruned, type Value, broken } from './values.js';

/** What all stages of one cell share. */
export interface PlannerOptions {
  readonly recipe: Recipe;
  readonly activities: readonly ActivityDeclaration[];
  readonly modules?: ActivityModules;
  readonly params: Lazy;
  readonly cell: string;
  readonly reporter: Reporter;
  /** Reads the files that stages name. */
  readonly files: {
    readonly readText: (path: string) => string | null;
    readonly readFileDigest: (path: string) => string | null;
  };
  readonly profile: string | null;
  /** Files of the recipes that this one is used in, its own last. */
  readonly above: readonly string[];
  /** Of a recipe that is a stage of another one: that one's planner, and what ids begin with. */
  readonly within?: { readonly planner: Planner; readonly prefix: string };
  /** Stages of all cells so far. */
  readonly count: { stages: number };
  /** Of the work of all of them. */
  readonly identities: Identities;
  /** Where the recipe has no defaults: then they are the same in all cells. */
  readonly policies: Policies;
  /** What all of its stages wait for. */
  readonly needs?: readonly Draft[];
}

const none: readonly never[] = [];

/** A stage as the author wrote it. */
export interface StageEntry {
  /** Address: `demos.rollout`; a foreach adds its key. */
  readonly id: string;
  readonly raw: JsonObject;
  readonly entry: NamedEntry;
}

/** Expands the stages of one cell on demand: a stage is expanded when something refers to it, so drafts come in topological order. */
export class Planner {
  readonly drafts: Draft[];
  readonly pruned: { id: string; line: number; reason: string }[];
  readonly root: Group;
  readonly defaults: JsonObject;
  readonly policies: Policies;
  /** Stages and models that are being expanded, to find circles. */
  readonly #open: string[];
  readonly #models = new Map<string, Value>();
  /** From how many open ones on stages are expanded ahead. */
  #deep = 100;

  constructor(readonly options: PlannerOptions) {
    const { defaults } = options.recipe;
    const { planner, prefix = '' } = options.within ?? {};
    this.drafts = planner?.drafts ?? [];
    this.pruned = planner?.pruned ?? [];
    this.#open = planner ? planner.#open : [];
    this.policies = defaults ? noPolicies() : options.policies;
    this.root = new Group(this, prefix, options.recipe.stages, undefined, options.needs ?? []);
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
    const model = this.guard(`${this.root.prefix}models.${name}`, entry, () => {
      const value = resolveTemplates(entry.raw, this.root.scope(), this.options.reporter, entry.place);
      return readModel(value, this.options.reporter, entry.place);
    });
    this.#models.set(name, model);
    return model;
  }

  /** Whether so many expansions are under way that what they need has to come first. */
  get isDeep(): boolean {
    return this.#open.length >= this.#deep;
  }

  /** Runs expansions that come first, with as much room again below them. */
  ahead(expand: () => void): void {
    const before = this.#deep;
    this.#deep = this.#open.length + 100;
    try {
      expand();
    } finally {
      this.#deep = before;
    }
  }

  /** Whether a further stage is one too many; told once. */
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

  /** Runs an expansion, unless it is already under way further up: then it is a circle. */
  guard<T extends Value>(id: string, entry: Entry, expand: () => T): T | Broken {
    const refused = this.enter(id, entry);
    if (refused !== undefined) return refused;
    try {
      return expand();
    } finally {
      this.leave();
    }
  }

  /** Begins an expansion, which `leave` ends: unless it is under way further up, or too many are. */
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

/** Stages that see each other by name: those of the recipe, or those of one use of a part. */
export class Group {
  readonly #known = new Map<string, Value>();
  #asked = 0;
  #contexts: ReadonlyMap<string, Value> | undefined;
  /** Without a foreach it is the same for all stages. */
  #scope: Scope | undefined;

  constructor(
    readonly planner: Planner,
    /** `demos.` within a use of a part. */
    readonly prefix: string,
    readonly stages: ReadonlyMap<string, NamedEntry>,
    readonly inputs: Lazy | undefined,
    /** Drafts that all of the group must wait for. */
    readonly needs: readonly Draft[],
    /** The part whose stages these are, and the group that uses it. */
    readonly part?: { readonly name: string; readonly raw: Json; readonly usedBy: Group },
  ) {}

  /** Parts that are open around a stage of this group, from within. */
  openParts(): { readonly name: string; readonly raw: Json }[] {
    return this.part === undefined ? [] : [this.part, ...this.part.usedBy.openParts()];
  }

  /** A stage of the group, else of the recipe: a part may use what all its uses share. */
  stage(name: string): Value | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const entry = this.stages.get(name);
    if (entry === undefined) return this === this.planner.root ? undefined : this.planner.root.stage(name);
    if (this.planner.isDeep)
      this.planner.ahead(() => {
        for (const ahead of stagesAhead(name, this.stages, this.planner.options.recipe.models)) this.stage(ahead);
      });
    const stage = { id: `${this.prefix}${entry.name}`, raw: entry.raw as JsonObject, entry };
    const value = this.planner.enter(stage.id, entry) ?? this.#entered(stage);
    this.#known.set(entry.name, value);
    return value;
  }

  #entered(stage: StageEntry): Value {
    try {
      return this.#expand(stage);
    } finally {
      this.planner.leave();
    }
  }

  /** For suggestions. After so many of them a large recipe is not searched any more: the first ones tell what is wrong. */
  names(): string[] {
    const outer = this === this.planner.root ? [] : this.planner.root.stages.keys();
    this.#asked += 1;
    return this.#asked > 100 && this.stages.size > 1000
      ? [...this.stages.keys()].slice(0, 100)
      : [...new Set([...this.stages.keys(), ...outer])];
  }

  /** Names in expressions: the contexts, `extra` (foreach), and the stages themselves. */
  scope(extra?: { readonly [name: string]: Value }): Scope {
    this.#contexts ??= this.#makeContexts();
    return extra === undefined
      ? (this.#scope ??= new GroupScope(this, this.#contexts))
      : new GroupScope(this, this.#contexts, extra);
  }

  #makeContexts(): ReadonlyMap<string, Value> {
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
    const contexts = new Map<string, Value>([
      ['params', this.planner.options.params],
      ['models', models],
      ['stages', stages],
    ]);
    if (this.inputs) contexts.set('inputs', this.inputs);
    return contexts;
  }

  #expand(stage: StageEntry): Value {
    if (stage.raw.foreach !== undefined)
      return expandForeach(this, stage, (extra, id, key) => this.#single(stage, extra, id, key));
    return this.#single(stage, undefined, stage.id, '');
  }

  #single(
    stage: StageEntry,
    extra: { readonly [name: string]: Value } | undefined,
    id: string,
    key: string,
  ): Instance | Pruned | Broken {
    if (this.planner.isFull(stage.entry)) return broken;
    const scope = this.scope(extra);
    const condition = this.#condition(stage, scope);
    if (condition instanceof Broken) return condition;
    if (!condition) {
      const line = stage.entry.source.line(stage.entry.at('if').path, true);
      const reason = `\`if: ${display(stage.raw.if ?? null)}\` is false`;
      this.planner.pruned.push({ id, line, reason });
      return new Pruned(id, line, reason);
    }
    const uses = display(stage.raw.uses ?? null);
    if (uses.startsWith('part/')) return expandPart(this, stage, scope, id, key);
    if (uses.startsWith('.') && /^\.{1,2}\/.*\.ya?ml$/.test(uses)) return expandRecipe(this, stage, scope, id, uses);
    return expandActivity(this, stage, scope, id, key);
  }

  #condition(stage: StageEntry, scope: Scope): boolean | Broken {
    const raw = stage.raw.if;
    if (raw === undefined || typeof raw === 'boolean') return raw ?? true;
    const place = stage.entry.at('if');
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
  needed(stage: StageEntry): readonly Draft[] {
    if (!Array.isArray(stage.raw.needs)) return none;
    return stage.raw.needs.flatMap((name, index) => {
      const value = this.stage(display(name));
      if (value === undefined) {
        const meant = suggest(display(name), this.names());
        const place = stage.entry.at('needs', index);
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
