import type { EngineClient } from '../../engine/client/client.js';
import type { ModuleDeclarations } from '../../engine/modules/loaded-modules.js';
import { sourceRequest } from '../../engine/runs/source-request.js';
import type { CheckRequest } from '../../recipe/check/check-request.js';
import { UserError } from '../../recipe/errors.js';
import { compileRequest, type CompiledRecipe } from './compile-recipe.js';
import { recipeFiles } from './read-recipe.js';

/**
 * Plans a run's recipe again, from the bytes that its plan was made from, with further values.
 * @param stage the values are for this stage only; otherwise for the whole recipe
 */
export async function recompileRun(
  client: EngineClient,
  run: string,
  set: readonly string[],
  stage: string | undefined,
): Promise<CompiledRecipe> {
  const source = await client.source(run);
  if (!source)
    throw new UserError(
      'source-unknown',
      `Run ${run} was started by a version of Mortar that did not keep what its plan was made from. Start the recipe again with these values: what is unchanged comes from the cache.`,
    );
  const { modules, only = [] } = source;
  const { activities } = await import('../../activities/registry.js');
  const request: CheckRequest = {
    // A file that these values name for the first time is read now.
    ...sourceRequest(source, activities, recipeFiles),
    set: stage === undefined ? [...source.set, ...set] : source.set,
    only: stage === undefined ? only : [...only, { stage, set }],
  };
  const compiled = await compileRequest(request, modules);
  return { ...compiled, code: new Map([...(await storedCode(client, modules)), ...compiled.code]) };
}

/** Code that the run's plan had: what of it the next plan needs as well is stored anew. */
async function storedCode({ store }: EngineClient, modules: ModuleDeclarations = {}): Promise<Map<string, Uint8Array>> {
  const digests = new Set(Object.values(modules).flatMap(({ code }) => (code === undefined ? [] : [code])));
  return new Map(
    await Promise.all([...digests].map(async (digest) => [digest, await store.blobs.bytes(digest)] as const)),
  );
}
