import { readFileSync } from 'node:fs';
import { planRecipe } from '../recipe/check.js';
import type { Plan } from '../recipe/plan.js';
import { renderText } from '../recipe/render-text.js';
import { readRecipe, recipeFiles } from './read-recipe.js';

export interface CompiledRecipe {
  readonly plan: Plan;
  readonly text: string;
  /** Bytes of the files that the plan names, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Warnings, laid out for people; empty where there are none. */
  readonly warnings: string;
}

/**
 * Reads a recipe and all that it refers to, and plans it.
 * @throws UserError `invalid-recipe` with every finding, `recipe-not-found`
 */
export async function compileRecipe(
  file: string,
  options: { readonly profile?: string; readonly set?: readonly string[] },
): Promise<CompiledRecipe> {
  const request = await readRecipe(file, options);
  const { plan, diagnostics } = planRecipe(request);
  const paths = plan.nodes
    .flatMap(({ inputs }) => Object.values(inputs).flat())
    .flatMap((input) => (input.from === 'file' ? [input.path] : []));
  return {
    plan,
    text: request.text,
    files: new Map([...new Set(paths)].map((path) => [path, readFileSync(path)])),
    warnings: renderText(diagnostics, (path) => (path === file ? request.text : recipeFiles.readText(path))),
  };
}
