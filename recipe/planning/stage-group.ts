import type { Draft } from '../draft.js';
import { draftsIn } from './drafts-in.js';
import type { NamedEntry } from '../syntax/entry.js';
import { type Scope, truthy } from '../expressions/evaluate.js';
import { expandActivity } from './expand-activity.js';
import { expandPart } from './expand-part.js';
import { expandRecipe } from './expand-recipe.js';
import { stagesAhead } from './expansion-order.js';
import { expandForeach } from './foreach.js';
import { display } from '../expressions/functions.js';
import { GroupScope } from './group-scope.js';
import type { JsonObject } from '../json.js';
import type { Group, PartStages, PartUse, Planner, StageEntry } from './planner.js';
import { didYouMean, listed, suggest } from '../suggest.js';
import { evaluateText, wholeExpression } from '../expressions/template.js';
import { Broken, type Instance, Lazy, Pruned, type Value, broken } from '../expressions/values.js';

const none: readonly never[] = [];

export class StageGroup implements Group {
  readonly #known = new Map<string, Value>();
  #asked = 0;
  #contexts: ReadonlyMap<string, Value> | undefined;
  /** Without a foreach it is the same for all stages. */
  #scope: Scope | undefined;

  constructor(
    readonly planner: Planner,
    readonly prefix: string,
    readonly stages: ReadonlyMap<string, NamedEntry>,
    readonly inputs: Lazy | undefined,
    readonly needs: readonly Draft[],
    /** The part whose stages these are, and the group that uses it. */
    readonly part?: PartUse & { readonly usedBy: StageGroup },
  ) {}

  inner({ name, raw }: PartUse, { prefix, stages, inputs, needs }: PartStages): StageGroup {
    return new StageGroup(this.planner, prefix, stages, inputs, needs, { name, raw, usedBy: this });
  }

  openParts(): PartUse[] {
    return this.part === undefined ? [] : [this.part, ...this.part.usedBy.openParts()];
  }

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

  /** After so many times a large recipe is not searched any more: the first ones tell what is wrong. */
  names(): string[] {
    const outer = this === this.planner.root ? [] : this.planner.root.stages.keys();
    this.#asked += 1;
    return this.#asked > 100 && this.stages.size > 1000
      ? [...this.stages.keys()].slice(0, 100)
      : [...new Set([...this.stages.keys(), ...outer])];
  }

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
