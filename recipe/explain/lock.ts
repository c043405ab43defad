import { canonicalJson, digestOf } from '../canonical.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { isObject } from '../merge.js';
import type { Json, JsonObject } from '../json.js';
import { identitiesOf } from '../node-identities.js';
import { isReference } from '../paths.js';
import type { Plan } from '../plan.js';
import { shownSides } from './shown-sides.js';
import { type Path, Source } from '../syntax/source.js';

/** `recipe.lock.json`, beside the recipe: what each profile was, the last time that somebody locked it. */
export interface LockFile {
  readonly mortar: 1;
  /** By profile; '' is that of a recipe without profiles. */
  readonly profiles: Readonly<Record<string, Lock>>;
}

/** All that decides what a recipe comes to under one profile. Holds no time, no machine and no absolute path. */
export interface Lock {
  /** Digest of the stages: their identities, addresses, order and policy. */
  readonly plan: string;
  /** Values of all params, seeds among them. */
  readonly params: JsonObject;
  /** Digests of the recipe and of what it extends or uses, by path from the recipe. */
  readonly recipes: Readonly<Record<string, string>>;
  /** Digests of the files that params name, by path from the recipe. */
  readonly files: Readonly<Record<string, string>>;
  /** Repositories on the model hub and others, with their revisions. */
  readonly references: readonly string[];
  readonly activities: Readonly<Record<string, LockedActivity>>;
  /** Digest of the root that sandboxes see; absent where no stage has one. */
  readonly sandbox?: string;
  /** Digests of package locks, by what they are for. */
  readonly packages: Readonly<Record<string, string>>;
  /** Versions of programs. */
  readonly tools: Readonly<Record<string, string>>;
}

export interface LockedActivity {
  readonly version: number;
  /** Hash of its source; absent for one that does not come with Mortar. */
  readonly source?: string;
  /** Digest of code that does not come with Mortar. */
  readonly code?: string;
}

/** What the plan alone says. The rest is around it: files, machine, checkout. */
export function lockOfPlan(plan: Plan): Pick<Lock, 'plan' | 'params' | 'references'> {
  const identities = identitiesOf(plan.nodes);
  const stages = plan.nodes.map(({ line: _line, inputs: _inputs, with: _with, ...node }, number) => ({
    ...node,
    identity: identities[number],
  }));
  const references = plan.nodes
    .flatMap(({ inputs }) => Object.values(inputs).flat())
    .flatMap((input) => {
      if (input.from === 'file' && isReference(input.path)) return [input.path];
      if (input.from === 'model' && input.model.kind === 'hub')
        return [`hub:${input.model.hub}${input.model.revision === undefined ? '' : `@${input.model.revision}`}`];
      return [];
    });
  return { plan: digestOf(stages), params: plan.params, references: [...new Set(references)].sort() };
}

/** Canonical, and laid out so that a difference in version control is one line: the same lock is the same bytes. */
export function writeLockFile(file: LockFile): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(file)), null, 2)}\n`;
}

interface LockDifference {
  /** In the lock of the profile. */
  readonly path: Path;
  readonly locked?: Json;
  readonly present?: Json;
}

/**
 * A finding for each difference, at its place in the lock file.
 * @param text of the lock file
 * @param profile '' for none
 */
export function lockDiagnostics(
  { file, text, recipe, profile }: { file: string; text: string; recipe: string; profile: string },
  present: Lock,
): Diagnostic[] {
  const source = new Source(file, text);
  const locked = isObject(source.data) && isObject(source.data.profiles) ? source.data.profiles[profile] : undefined;
  const again = `mortar lock ${recipe}${profile === '' ? '' : ` --profile ${profile}`}`;
  if (!isObject(locked)) {
    const what = profile === '' ? 'no lock for a recipe without profiles' : `no lock for profile \`${profile}\``;
    return [
      source.diagnostic({ source, path: [] }, 'error', 'not-locked', `There is ${what} in it. Write it: ${again}`),
    ];
  }
  const found = [...differences([], locked, JSON.parse(canonicalJson(present)) as Json)];
  // The plan follows from the rest: that it is another one is news only where nothing else says why.
  const told = found.filter(({ path }) => path[0] !== 'plan');
  return (told.length > 0 ? told : found).map(({ path, locked: before, present: after }) => {
    const [left, right] = shownSides(before, after);
    const message = `${nameOf(path)} is locked as ${left}, and is ${right} now. ${nextStep(path)}, or lock what is there now: ${again}`;
    return source.diagnostic({ source, path: ['profiles', profile, ...path] }, 'error', 'lock-differs', message);
  });
}

function* differences(path: Path, locked: Json | undefined, present: Json | undefined): Generator<LockDifference> {
  if (isObject(locked) && isObject(present)) {
    for (const name of [...new Set([...Object.keys(locked), ...Object.keys(present)])].sort())
      yield* differences(
        [...path, name],
        Object.hasOwn(locked, name) ? locked[name] : undefined,
        Object.hasOwn(present, name) ? present[name] : undefined,
      );
  } else if (locked === undefined || present === undefined || canonicalJson(locked) !== canonicalJson(present))
    yield {
      path,
      ...(locked === undefined ? {} : { locked }),
      ...(present === undefined ? {} : { present }),
    };
}

/** `param seed.data`, `file data/tiny.jsonl`. */
function nameOf([section, ...rest]: Path): string {
  switch (section) {
    case 'params':
      return `param ${rest.join('.')}`;
    case 'recipes':
      return `recipe ${rest.join('/')}`;
    case 'files':
      return `file ${rest.join('/')}`;
    case 'activities':
      return `activity ${rest.join(' ')}`;
    case 'packages':
      return `the lock of the ${rest.join(' ')} packages`;
    case 'tools':
      return rest.join(' ');
    case 'sandbox':
      return 'the root of the sandboxes';
    case 'plan':
      return 'the plan';
    default:
      return [section, ...rest].join(' ');
  }
}

function nextStep([section]: Path): string {
  switch (section) {
    case 'params':
      return 'Give the locked value';
    case 'recipes':
    case 'files':
      return 'Bring back the file as it was';
    case 'references':
      return 'Name the locked revisions';
    case 'sandbox':
      return 'Work on a system, or in an image, with the locked root';
    default:
      return 'Use the checkout and the programs that it was locked with';
  }
}
