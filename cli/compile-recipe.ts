import { existsSync, readFileSync, statSync } from 'node:fs';
import { activities } from '../activities/registry.js';
import { sha256 } from '../recipe/canonical.js';
import { checkRecipe, type CheckRequest } from '../recipe/check.js';
import { UserError } from '../recipe/errors.js';
import type { Plan } from '../recipe/plan.js';
import { renderText } from '../recipe/render-text.js';

export interface CompiledRecipe {
  readonly plan: Plan;
  readonly text: string;
  /** Bytes of the files that the plan names, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Warnings, laid out for people. */
  readonly warnings: string;
}

/**
 * Reads a recipe and all that it refers to, and plans it.
 * @throws UserError `invalid-recipe` with every finding, `file-not-found`
 */
export function compileRecipe(file: string, options: { profile?: string; set?: readonly string[] }): CompiledRecipe {
  const text = readText(file);
  if (text === null) {
    throw new UserError(
      'file-not-found',
      `There is no recipe ${file}. Recipes of this checkout are in recipes/: mortar run recipes/swe-lego.yaml`,
    );
  }
  const files = new Map<string, Uint8Array>();
  const readFileDigest = (path: string): string | null => {
    if (!isFile(path)) return null;
    const bytes = readFileSync(path);
    files.set(path, bytes);
    return sha256(bytes);
  };
  const request: CheckRequest = { file, text, readText, readFileDigest, activities, ...options };
  const { diagnostics, plan } = checkRecipe(request);
  const show = (severity: 'error' | 'warning'): string =>
    renderText(
      diagnostics.filter((diagnostic) => diagnostic.severity === severity),
      (path) => (path === file ? text : readText(path)),
    );
  if (!plan) throw new UserError('invalid-recipe', `${file} cannot be run.\n\n${show('error')}`);
  return { plan, text, files, warnings: show('warning') };
}

function readText(path: string): string | null {
  return isFile(path) ? readFileSync(path, 'utf8') : null;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
