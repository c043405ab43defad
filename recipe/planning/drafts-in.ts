import type { Draft } from '../draft.js';
import { Instance, Instances, type Value } from '../expressions/values.js';

/** What a stage came to: one draft, those of a part or a recipe, or those of all entries of a foreach. */
export function draftsIn(value: Value): readonly Draft[] {
  if (value instanceof Instance) return value.drafts;
  if (value instanceof Instances) return [...value.byKey.values()].flatMap(draftsIn);
  return [];
}
