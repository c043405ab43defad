import type { CheckRequest } from '../../recipe/check/check-request.js';
import type { ActivityDeclaration } from '../../recipe/declaration.js';
import type { RecipeSource } from './recipe-source.js';

type Files = Pick<CheckRequest, 'readText' | 'readFileDigest'>;

const none: Files = { readText: () => null, readFileDigest: () => null };

/**
 * A request for the planner from the bytes that a plan was made from.
 * @param others files that nobody had read then: another value may name one for the first time
 */
export function sourceRequest(
  source: RecipeSource,
  activities: readonly ActivityDeclaration[],
  others: Files = none,
): CheckRequest {
  const { texts, digests, modules: _modules, mortar: _mortar, ...asked } = source;
  return {
    ...asked,
    readText: (path) => (Object.hasOwn(texts, path) ? (texts[path] ?? null) : others.readText(path)),
    readFileDigest: (path) => (Object.hasOwn(digests, path) ? (digests[path] ?? null) : others.readFileDigest(path)),
    activities,
  };
}
