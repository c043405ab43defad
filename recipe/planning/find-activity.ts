import { type ActivityModules, type ModuleAnswer, moduleUse } from './activity-modules.js';
import type { ActivityDeclaration } from '../declaration.js';
import type { NamedEntry } from '../syntax/entry.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, suggest } from '../suggest.js';

export interface KnownActivities {
  readonly activities: readonly ActivityDeclaration[];
  readonly modules?: ActivityModules;
  readonly reporter: Reporter;
}

/** The activity that a `uses` names: one of Mortar's own by its name, else one of a module. What is wrong is reported. */
export function findActivity(
  uses: string,
  { activities, modules, reporter }: KnownActivities,
  stage: NamedEntry,
): ActivityDeclaration | undefined {
  const found = byName(activities).get(uses);
  if (found !== undefined) return found;
  const place = stage.at('uses');
  const own = activities.filter(({ code }) => code === undefined);
  const use = moduleUse(uses, place.source.file);
  // A slip in the name of one of ours is no package.
  if (use === undefined || (use.path === undefined && isOurs(uses, own))) {
    reportUnknown(uses, own, reporter, place);
    return undefined;
  }
  const answer = modules?.find(use);
  if (answer && 'declaration' in answer) return answer.declaration;
  const slip = use.path === undefined && suggest(uses, namesOf(own)) !== undefined && isMissing(answer);
  if (answer === undefined || slip) {
    reportUnknown(uses, own, reporter, place);
    return undefined;
  }
  for (const { code, message, suggestion, at } of answer.problems) {
    if (at === undefined) reporter.error(place, code, message, suggestion);
    else reporter.add([{ ...at, endLine: at.line, code, severity: 'error', message }]);
  }
  return undefined;
}

const tables = new WeakMap<readonly ActivityDeclaration[], ReadonlyMap<string, ActivityDeclaration>>();

/** Mortar's own: each stage of a large recipe asks. */
function byName(activities: readonly ActivityDeclaration[]): ReadonlyMap<string, ActivityDeclaration> {
  const known = tables.get(activities);
  if (known !== undefined) return known;
  const table = new Map<string, ActivityDeclaration>();
  for (const activity of activities)
    if (activity.code === undefined && !table.has(activity.name)) table.set(activity.name, activity);
  tables.set(activities, table);
  return table;
}

/** Whether a name stands in one of Mortar's own rooms: `data/`, `sft/`. */
export function isOurs(name: string, own: readonly ActivityDeclaration[]): boolean {
  const room = name.split('/')[0];
  return own.some((activity) => activity.name.split('/')[0] === room);
}

/** No such package is there, so the name of one of ours was meant. */
function isMissing(answer: ModuleAnswer | undefined): boolean {
  return (
    answer !== undefined && 'problems' in answer && answer.problems.some(({ code }) => code === 'module-not-found')
  );
}

function namesOf(activities: readonly ActivityDeclaration[]): string[] {
  return activities.map(({ name }) => name);
}

function reportUnknown(uses: string, own: readonly ActivityDeclaration[], reporter: Reporter, place: Place): void {
  const meant = suggest(uses, namesOf(own));
  const hint = /^\.{0,2}\//.test(uses)
    ? ': a file is a recipe (.yaml) or a module (.ts, .mts, .js, .mjs), by a path that begins with ./ or ../'
    : '; `mortar activities` lists them';
  reporter.error(
    place,
    'unknown-activity',
    `There is no activity \`${uses}\`${didYouMean(meant) || `${hint}.`}`,
    meant,
  );
}
