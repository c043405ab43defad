import type { ModuleProblem, ModuleUse } from '../../recipe/planning/activity-modules.js';
import { didYouMean, listed, suggest } from '../../recipe/suggest.js';

/** The activity that is meant: the one asked for, by its name or the end of it; else the default or the only one. */
export function chooseActivity(
  exported: readonly unknown[],
  use: ModuleUse,
  asked: string | undefined,
): { readonly activity: unknown } | ModuleProblem {
  const [first, ...others] = exported;
  if (first === undefined)
    return {
      code: 'invalid-activity',
      message: `\`${use.module}\` exports no activity: export one as \`default\`, or several as a list \`activities\`.`,
    };
  const names = exported.map(nameOf);
  const example = (name: string): string =>
    use.path === undefined ? name : `./${use.path.split('/').at(-1) ?? ''}#${name.split('/').at(-1) ?? ''}`;
  if (asked === undefined) {
    if (others.length === 0) return { activity: first };
    return {
      code: 'invalid-activity',
      message: `\`${use.module}\` exports ${exported.length} activities: say which, such as \`uses: ${example(names[0] ?? '')}\`; there are ${listed(names)}.`,
    };
  }
  const last = asked.split('/').at(-1);
  const exact = exported.filter((_, index) => names[index] === asked);
  const ending = exported.filter((_, index) => names[index]?.split('/').at(-1) === last);
  const [found, second] = exact.length > 0 ? exact : ending;
  if (found !== undefined && second === undefined) return { activity: found };
  const meant = suggest(asked, names);
  return {
    code: 'unknown-activity',
    message: `\`${use.module}\` has no activity \`${asked}\`${second === undefined ? didYouMean(meant) || `; there are ${listed(names)}.` : ` alone: several end so; there are ${listed(names)}.`}`,
  };
}

function nameOf(activity: unknown): string {
  const { name } = Object(activity) as { name?: unknown };
  return typeof name === 'string' ? name : '(without a name)';
}
