import { type Draft, draftsOf } from '../draft.js';
import type { Recipe } from '../load/load.js';
import { draftsIn } from './drafts-in.js';
import type { Planner } from './planner.js';

/** Targets of the command line stand in the place of the recipe's own. */
export function withTargets(recipe: Recipe, targets: readonly string[] | undefined): Recipe {
  const leaf = recipe.chain[recipe.chain.length - 1];
  if (!targets || !leaf) return recipe;
  return { ...recipe, targets: { raw: [...targets], place: { source: leaf.source, path: ['stages'] } } };
}

/** Names of the stages that are asked for. */
export function targetsOf(recipe: Recipe): string[] {
  return Array.isArray(recipe.targets?.raw) ? recipe.targets.raw.map(String) : [];
}

/** Of drafts in order: those of the targets, the comparison, and all that they need. */
export function neededBy(drafts: readonly Draft[], targets: readonly string[], planners: readonly Planner[]): Draft[] {
  const wanted = new Set<Draft>(
    planners.flatMap((planner) => targets.flatMap((name) => draftsIn(planner.root.stage(name) ?? null))),
  );
  for (const draft of [...drafts].reverse()) {
    if ((draft.id === 'compare' || draft.id === 'compare.report') && draft.cell === '') wanted.add(draft);
    if (!wanted.has(draft)) continue;
    for (const upstream of [...draft.needs, ...Object.values(draft.inputs).flat().flatMap(draftsOf)])
      wanted.add(upstream);
  }
  return drafts.filter((draft) => wanted.has(draft));
}
