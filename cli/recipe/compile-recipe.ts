import { existsSync, readFileSync } from 'node:fs';
import type { LoadedModules, ModuleDeclarations } from '../../engine/modules/loaded-modules.js';
import type { RecipeSource } from '../../engine/runs/recipe-source.js';
import type { CheckRequest } from '../../recipe/check/check-request.js';
import { planRecipe } from '../../recipe/check/check.js';
import type { Plan } from '../../recipe/plan.js';
import { renderText } from '../../recipe/diagnostics/render-text.js';
import { readRecipe, recipeFiles } from './read-recipe.js';
import { withModules } from './with-modules.js';

export interface CompiledRecipe {
  readonly plan: Plan;
  readonly text: string;
  /** Bytes of the files that the plan names, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Code of activities from modules, by digest. */
  readonly code: ReadonlyMap<string, Uint8Array>;
  /** All that was read, so that the plan can be made again with other values. */
  readonly source: RecipeSource;
  /** Warnings, laid out for people; empty where there are none. */
  readonly warnings: string;
}

/**
 * Reads a recipe and all that it refers to, and plans it.
 * @throws UserError `invalid-recipe` with every finding, `recipe-not-found`
 */
export async function compileRecipe(
  file: string,
  options: Pick<CheckRequest, 'profile' | 'set' | 'targets' | 'fresh'>,
): Promise<CompiledRecipe> {
  return compileRequest(await readRecipe(file, options));
}

/**
 * Plans what was asked for and keeps what was read for it.
 * @param known modules of an earlier plan
 */
export async function compileRequest(asked: CheckRequest, known?: ModuleDeclarations): Promise<CompiledRecipe> {
  const { request, read } = recording(asked);
  const { file } = request;
  const { result, modules } = await withModules([request], ([whole = request]) => planRecipe(whole), known);
  const { plan, diagnostics } = result;
  const paths = plan.nodes
    .flatMap(({ inputs }) => Object.values(inputs).flat())
    .flatMap((input) => (input.from === 'file' ? [input.path] : []));
  return {
    plan,
    text: request.text,
    files: new Map([...new Set(paths)].filter((path) => existsSync(path)).map((path) => [path, readFileSync(path)])),
    code: modules.bundles(),
    source: sourceOf(request, read, modules),
    warnings: renderText(diagnostics, (path) => (path === file ? request.text : recipeFiles.readText(path))),
  };
}

interface Read {
  readonly texts: Record<string, string | null>;
  readonly digests: Record<string, string | null>;
}

function recording(request: CheckRequest): { request: CheckRequest; read: Read } {
  const read: Read = { texts: {}, digests: {} };
  return {
    read,
    request: {
      ...request,
      readText: (path) => (read.texts[path] = request.readText(path)),
      readFileDigest: (path) => (read.digests[path] = request.readFileDigest(path)),
    },
  };
}

function sourceOf(
  { file, text, profile, set = [], targets, fresh, only }: CheckRequest,
  read: Read,
  loaded: LoadedModules,
): RecipeSource {
  const modules = loaded.byKey();
  return {
    mortar: 1,
    file,
    text,
    set,
    ...(profile === undefined ? {} : { profile }),
    ...(targets === undefined ? {} : { targets }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(only === undefined ? {} : { only }),
    ...read,
    ...(Object.keys(modules).length === 0 ? {} : { modules }),
  };
}
