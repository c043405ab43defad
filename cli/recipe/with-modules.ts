import type { LoadedModules, ModuleDeclarations } from '../../engine/modules/loaded-modules.js';
import type { CheckRequest } from '../../recipe/check/check-request.js';

/** What a check or a plan came to, with the modules that it took activities from. */
export interface WithModules<T> {
  readonly result: T;
  readonly modules: LoadedModules;
}

/**
 * Checks or plans, loads the modules that stages turn out to use, and does so again until none is missing. A recipe that uses none is
 * planned once.
 * @param known of an earlier plan: they stay as they are
 * @throws what `check` throws once all modules are there
 */
export async function withModules<T>(
  requests: readonly CheckRequest[],
  check: (requests: readonly CheckRequest[]) => T,
  known: ModuleDeclarations = {},
): Promise<WithModules<T>> {
  const [{ LoadedModules }, { cacheFolder }] = await Promise.all([
    import('../../engine/modules/loaded-modules.js'),
    import('../../artifacts/local-cache.js'),
  ]);
  const own = requests[0]?.activities ?? [];
  const modules = new LoadedModules(own, cacheFolder(), known);
  for (;;) {
    const attempt = outcomeOf(() =>
      check(requests.map((request) => ({ ...request, activities: [...own, ...modules.declarations()], modules }))),
    );
    if (!(await modules.loadMissing())) return { result: attempt(), modules };
  }
}

/** Gives what was returned, or throws what was thrown. */
function outcomeOf<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
