import type { ErrorCode } from '../diagnostics/diagnostic-codes.js';
import type { ActivityDeclaration } from '../declaration.js';
import { joinPath } from '../paths.js';

/** What a `uses` that names a module asks for. */
export interface ModuleUse {
  /** The same for all that mean the same module and activity. */
  readonly key: string;
  /** The module for people: `activities/mine.ts`, `package/activity`. */
  readonly module: string;
  /** A file; absent: a package. */
  readonly path?: string;
  /** File of the recipe or part that says it: a package is looked for from there. */
  readonly from: string;
  /** `./activities/mine.ts#clean`: which of several. */
  readonly activity?: string;
}

export interface ModuleProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly suggestion?: string;
  /** In the module itself, 1-based; absent: it is said of the recipe that uses it. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number; readonly endColumn: number };
}

export type ModuleAnswer =
  { readonly declaration: ActivityDeclaration } | { readonly problems: readonly ModuleProblem[] };

/** Modules that were loaded before: the planner reads no files. Undefined: not this one, not yet. */
export interface ActivityModules {
  find(use: ModuleUse): ModuleAnswer | undefined;
}

const FILE = /^(?<path>\.{1,2}\/[^#]+\.m?[jt]s)(?:#(?<activity>.+))?$/;
const PACKAGE = /^(?<name>(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)\/[\w.~-][\w./~-]*$/;

/** Reads a `uses` that may name a module: `./activities/mine.ts`, `package/activity`, `@scope/package/activity`. */
export function moduleUse(uses: string, from: string): ModuleUse | undefined {
  const file = FILE.exec(uses)?.groups;
  if (file !== undefined) {
    const path = joinPath(from, file.path ?? '');
    const activity = file.activity;
    const selector = activity === undefined ? '' : `#${activity}`;
    return { key: `${path}${selector}`, module: path, path, from, ...(activity === undefined ? {} : { activity }) };
  }
  if (!PACKAGE.test(uses)) return undefined;
  return { key: `${joinPath(from, '.')}:${uses}`, module: uses, from };
}

/** `@scope/package` of `@scope/package/activity`. */
export function packageOf(uses: string): string {
  return PACKAGE.exec(uses)?.groups?.name ?? uses;
}
