import type { Recipe } from '../load/load.js';
import { isObject } from '../merge.js';

/** Names of the profiles of a recipe and of those that it extends. */
export function profilesOf(recipe: Recipe): string[] {
  return [...new Set(recipe.chain.flatMap(({ data }) => Object.keys(isObject(data.profiles) ? data.profiles : {})))];
}
