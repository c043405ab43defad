import type { Activity } from '../../activities/activity.js';
import { declarationOf, completed, shapeProblems } from '../../recipe/planning/activity-shape.js';
import type {
  ActivityModules,
  ModuleAnswer,
  ModuleProblem,
  ModuleUse,
} from '../../recipe/planning/activity-modules.js';
import type { ActivityDeclaration } from '../../recipe/declaration.js';
import { UserError } from '../../recipe/errors.js';
import { codeFile } from './activity-code.js';
import { chooseActivity } from './choose-activity.js';
import { exportsOf } from './exported-activities.js';
import { inspectModule } from './inspect-module.js';

/** Declarations that a plan was made with, by `ModuleUse.key`. */
export type ModuleDeclarations = Readonly<Record<string, ActivityDeclaration>>;

/** A module's bundled code, and the activities in it, as they are exported. */
interface Loaded {
  readonly digest: string;
  readonly exported: readonly unknown[];
}

/**
 * Activities from modules of an author or a package. The planner asks, and notes what it lacks; `loadMissing` bundles and loads that, and
 * the planner asks again.
 */
export class LoadedModules implements ActivityModules {
  readonly #answers = new Map<string, ModuleAnswer>();
  readonly #missing = new Map<string, ModuleUse>();
  readonly #bundles = new Map<string, Uint8Array>();
  readonly #activities = new Map<string, readonly Activity[]>();
  /** By the module's path: two recipes may use one module. */
  readonly #loaded = new Map<string, Promise<Loaded | { readonly problems: readonly ModuleProblem[] }>>();

  /**
   * @param own Mortar's own activities, whose names are taken
   * @param cache the cache folder: code is loaded from there
   * @param known what an earlier plan was made with: it stays, whatever the files are by now
   */
  constructor(
    private readonly own: readonly ActivityDeclaration[],
    private readonly cache: string,
    known: ModuleDeclarations = {},
  ) {
    for (const [key, declaration] of Object.entries(known)) this.#answers.set(key, { declaration });
  }

  find(use: ModuleUse): ModuleAnswer | undefined {
    const answer = this.#answers.get(use.key);
    if (answer === undefined) this.#missing.set(use.key, use);
    return answer;
  }

  /** Loads what was asked for in vain; false where there was nothing. */
  async loadMissing(): Promise<boolean> {
    const uses = [...this.#missing.values()];
    if (uses.length === 0) return false;
    this.#missing.clear();
    const { stopBundler } = await import('./bundle-module.js');
    try {
      await Promise.all(uses.map(async (use) => this.#answers.set(use.key, await this.#answer(use))));
    } finally {
      await stopBundler();
    }
    return true;
  }

  /** Those that were found, each once. */
  declarations(): ActivityDeclaration[] {
    const found = [...this.#answers.values()].flatMap((answer) =>
      'declaration' in answer ? [answer.declaration] : [],
    );
    return [
      ...new Map(found.map((declaration) => [`${declaration.name} ${declaration.code ?? ''}`, declaration])).values(),
    ];
  }

  /** The same for the record of a run. */
  byKey(): ModuleDeclarations {
    return Object.fromEntries(
      [...this.#answers].flatMap(([key, answer]) => ('declaration' in answer ? [[key, answer.declaration]] : [])),
    );
  }

  /** Code by digest, of modules that were read now. */
  bundles(): ReadonlyMap<string, Uint8Array> {
    return this.#bundles;
  }

  /** Activities of code that was read now: what they declare, and functions that do nothing. @throws UserError `activity-code-missing` */
  async activities(digest: string): Promise<readonly Activity[]> {
    const found = this.#activities.get(digest);
    if (found) return found;
    throw new UserError('activity-code-missing', `The code ${digest} was not read here.`);
  }

  /** All activities of a module, or the one that is asked for. */
  async activitiesOf(
    use: ModuleUse,
  ): Promise<
    { readonly declarations: readonly ActivityDeclaration[] } | { readonly problems: readonly ModuleProblem[] }
  > {
    const { stopBundler } = await import('./bundle-module.js');
    try {
      const module = await this.#module(use);
      if ('problems' in module) return module;
      const { loaded, activity } = module;
      const answers =
        activity === undefined && loaded.exported.length > 0
          ? loaded.exported.map((exported) => this.#declared(exported, loaded, use))
          : [this.#chosen(module, use)];
      const problems = answers.flatMap((answer) => ('problems' in answer ? answer.problems : []));
      if (problems.length > 0) return { problems };
      return { declarations: answers.flatMap((answer) => ('declaration' in answer ? [answer.declaration] : [])) };
    } finally {
      await stopBundler();
    }
  }

  async #answer(use: ModuleUse): Promise<ModuleAnswer> {
    const module = await this.#module(use);
    return 'problems' in module ? module : this.#chosen(module, use);
  }

  async #module(
    use: ModuleUse,
  ): Promise<{ loaded: Loaded; activity: string | undefined } | { readonly problems: readonly ModuleProblem[] }> {
    const { findModule } = await import('./find-module.js');
    const found = await findModule(use);
    if ('code' in found) return { problems: [found] };
    const { path, activity } = found;
    const loading = this.#loaded.get(path) ?? this.#load(path, use);
    this.#loaded.set(path, loading);
    const loaded = await loading;
    return 'problems' in loaded ? loaded : { loaded, activity };
  }

  #chosen({ loaded, activity }: { loaded: Loaded; activity: string | undefined }, use: ModuleUse): ModuleAnswer {
    const chosen = chooseActivity(loaded.exported, use, activity);
    return 'code' in chosen ? { problems: [chosen] } : this.#declared(chosen.activity, loaded, use);
  }

  #declared(activity: unknown, { digest }: Loaded, use: ModuleUse): ModuleAnswer {
    const problems = shapeProblems(activity, this.own);
    if (problems.length > 0) return { problems: problems.map((problem) => invalid(use, problem)) };
    const whole = completed(activity as Activity);
    this.#activities.set(digest, [...(this.#activities.get(digest) ?? []), whole]);
    return { declaration: { ...declarationOf(whole), code: digest, module: use.module } };
  }

  async #load(path: string, use: ModuleUse): Promise<Loaded | { readonly problems: readonly ModuleProblem[] }> {
    const { bundleModule } = await import('./bundle-module.js');
    const code = await bundleModule(path, use.path ?? shownPath(path));
    if ('problems' in code) return code;
    const { bytes, digest } = code;
    const inspected = await inspectModule(await codeFile(this.cache, digest, () => Promise.resolve(bytes)));
    if ('thrown' in inspected) {
      const message = `\`${use.module}\` fails when it is loaded: ${inspected.thrown}`;
      return { problems: [{ code: 'module-broken', message }] };
    }
    this.#bundles.set(digest, bytes);
    return { digest, exported: exportsOf(inspected.module) };
  }
}

/** Relative to the working folder, as paths of recipes are. */
function shownPath(path: string): string {
  const folder = `${process.cwd()}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}

function invalid({ module }: ModuleUse, problem: string): ModuleProblem {
  return { code: 'invalid-activity', message: `\`${module}\` exports no valid activity. ${problem}` };
}
