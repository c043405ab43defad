import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../../recipe/errors.js';
import type { CheckRequest } from '../../recipe/check/check-request.js';

/** The files of a recipe, as the planner asks for them. */
export const recipeFiles: Pick<CheckRequest, 'readText' | 'readFileDigest'> = {
  readText: (path) => readWhere(path)?.toString('utf8') ?? null,
  readFileDigest: (path) => {
    const bytes = readWhere(path);
    return bytes === undefined ? null : `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  },
};

/**
 * A request for the planner from a file.
 * @throws UserError `recipe-not-found`
 */
export async function readRecipe(
  file: string,
  options: Pick<CheckRequest, 'profile' | 'set' | 'targets' | 'fresh'> = {},
): Promise<CheckRequest> {
  const text = recipeFiles.readText(file);
  if (text === null)
    throw new UserError(
      'recipe-not-found',
      `There is no recipe \`${file}\`. Give the path of a YAML file, relative to this folder.`,
      { file },
    );
  const { activities } = await import('../../activities/registry.js');
  return { file, text, ...recipeFiles, activities, ...options };
}

function readWhere(path: string): Buffer | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
}
