import type { Recipe } from '../load/load.js';
import { profilesOf } from './profiles.js';
import type { Reporter } from '../syntax/reporter.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** Null: the recipe has no profiles. Undefined: none could be chosen, which is reported. */
export function chooseProfile(
  recipe: Recipe,
  asked: string | undefined,
  reporter: Reporter,
): string | null | undefined {
  const profiles = profilesOf(recipe);
  const leaf = recipe.chain[recipe.chain.length - 1];
  const named = asked ?? recipe.defaultProfile;
  if (leaf === undefined) return undefined;
  const place = {
    source: leaf.source,
    path: asked === undefined && leaf.data.default_profile !== undefined ? ['default_profile'] : ['profiles'],
    key: asked !== undefined || named === undefined,
  };
  if (named === undefined) {
    if (profiles.length === 0) return null;
    reporter.error(
      place,
      'profile-needed',
      `Choose a profile with --profile, or set \`default_profile\`; there are ${listed(profiles)}.`,
    );
    return undefined;
  }
  if (profiles.includes(named)) return named;
  const meant = suggest(named, profiles);
  reporter.error(
    place,
    'unknown-profile',
    `There is no profile \`${named}\`${didYouMean(meant) || `; there are ${listed(profiles)}.`}`,
    asked === undefined ? meant : undefined,
  );
  return undefined;
}
