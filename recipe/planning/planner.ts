import type { ActivityModules } from './activity-modules.js';
import type { ActivityDeclaration } from '../declaration.js';
import type { Draft } from '../draft.js';
import type { Entry, NamedEntry } from '../syntax/entry.js';
import type { Scope } from '../expressions/evaluate.js';
import type { Identities } from './identity.js';
import type { Json, JsonObject } from '../json.js';
import type { Recipe } from '../load/load.js';
import type { Policies } from './policy.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Broken, Lazy, Value } from '../expressions/values.js';

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
  /** Stages of all cells so far. */
  readonly count: { stages: number };
  /** Of the work of all of them. */
  readonly identities: Identities;
  /** Where the recipe has no defaults: then they are the same in all cells. */
  readonly policies: Policies;
  /** What all of its stages wait for. */
  readonly needs?: readonly Draft[];
}

/** A stage as the author wrote it. */
export interface StageEntry {
  /** Address: `demos.rollout`; a foreach adds its key. */
  readonly id: string;
  readonly raw: JsonObject;
  readonly entry: NamedEntry;
}

/** Expands the stages of one cell on demand: a stage is expanded when something refers to it, so drafts come in topological order. */
export interface Planner {
  readonly options: PlannerOptions;
  readonly drafts: Draft[];
  readonly pruned: { id: string; line: number; reason: string }[];
  readonly root: Group;
  readonly defaults: JsonObject;
  readonly policies: Policies;
  /** Whether so many expansions are under way that what they need has to come first. */
  readonly isDeep: boolean;
  model(name: string): Value | undefined;
  /** Runs expansions that come first, with as much room again below them. */
  ahead(expand: () => void): void;
  /** Whether a further stage is one too many; told once. */
  isFull(entry: Entry): boolean;
  /** Runs an expansion, unless it is already under way further up: then it is a circle. */
  guard<T extends Value>(id: string, entry: Entry, expand: () => T): T | Broken;
  /** Begins an expansion, which `leave` ends: unless it is under way further up, or too many are. */
  enter(id: string, entry: Entry): Broken | undefined;
  leave(): void;
  /** The planner of a recipe that is a stage of this one: its stages join these, under ids that begin with the prefix. */
  inner(options: PlannerOptions, prefix: string): Planner;
}

/** Stages that see each other by name: those of the recipe, or those of one use of a part. */
export interface Group {
  readonly planner: Planner;
  /** `demos.` within a use of a part. */
  readonly prefix: string;
  readonly stages: ReadonlyMap<string, NamedEntry>;
  /** Drafts that all of the group must wait for. */
  readonly needs: readonly Draft[];
  /** Parts that are open around a stage of this group, from within. */
  openParts(): PartUse[];
  /** A stage of the group, else of the recipe: a part may use what all its uses share. */
  stage(name: string): Value | undefined;
  /** For suggestions. */
  names(): string[];
  /** Names in expressions: the contexts, `extra` (foreach), and the stages themselves. */
  scope(extra?: { readonly [name: string]: Value }): Scope;
  /** Drafts that `needs` of a stage names. */
  needed(stage: StageEntry): readonly Draft[];
  /** The stages of a part that is used here. */
  inner(part: PartUse, use: PartStages): Group;
}

export interface PartUse {
  readonly name: string;
  readonly raw: Json;
}

export interface PartStages {
  readonly prefix: string;
  readonly stages: ReadonlyMap<string, NamedEntry>;
  readonly inputs: Lazy;
  readonly needs: readonly Draft[];
}
