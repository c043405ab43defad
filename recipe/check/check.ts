import { sha256 } from '../canonical.js';
import type { Cell } from '../matrix/cell.js';
import type { CheckRequest } from './check-request.js';
import { chooseProfile } from '../params/choose-profile.js';
import { collapse } from '../matrix/collapse.js';
import { planCompare } from '../planning/compare.js';
import { type Diagnostic, hasErrors, sortDiagnostics } from '../diagnostics/diagnostic.js';
import type { Draft } from '../draft.js';
import type { Entry } from '../syntax/entry.js';
import { UserError } from '../errors.js';
import { Identities } from '../planning/identity.js';
import type { Json } from '../json.js';
import { type Recipe, loadRecipe } from '../load/load.js';
import { cellsOf, layersOf } from '../matrix/matrix.js';
import { isObject } from '../merge.js';
import { cellOriginsOf, originsOf } from '../params/origins.js';
import type { Param } from '../params/param.js';
import { RecipeParams } from '../params/params.js';
import type { Plan } from '../plan.js';
import { type PlannedCell, planCell, prunedIn, warnOfIdleAxes } from './plan-cell.js';
import { noPolicies } from '../planning/policy.js';
import { profilesOf } from '../params/profiles.js';
import { checkReachability } from './reachability.js';
import { applyRequest } from './redraft.js';
import { renderText } from '../diagnostics/render-text.js';
import { Reporter } from '../syntax/reporter.js';
import { reportReserved } from './reserved-names.js';
import { settingsSchema } from '../schema/settings-schema.js';
import { neededBy, targetsOf, withTargets } from '../planning/targets.js';
import { checkUnused } from './unused.js';

/** Checks a recipe and, where nothing is wrong, plans it. Pure: all that is read comes through the callbacks. */
export function checkRecipe(request: CheckRequest): { diagnostics: Diagnostic[]; plan?: Plan } {
  return checkLoaded(request, load(request));
}

/** A recipe as it was read, and what was found while it was. */
interface Loaded {
  readonly recipe: Recipe | undefined;
  readonly found: readonly Diagnostic[];
}

function load({ file, text, readText }: CheckRequest): Loaded {
  const reporter = new Reporter();
  return { recipe: loadRecipe(file, text, readText, reporter), found: reporter.sorted() };
}

function checkLoaded(
  request: CheckRequest,
  { recipe: loaded, found }: Loaded,
): { diagnostics: Diagnostic[]; plan?: Plan } {
  const reporter = new Reporter();
  reporter.add(found);
  const recipe = loaded && withTargets(loaded, request.targets);
  const profile = recipe && chooseProfile(recipe, request.profile, reporter);
  if (recipe === undefined || profile === undefined) return { diagnostics: reporter.sorted() };
  const schemas = settingsSchema(request.activities);
  const resolving = new RecipeParams(recipe, profile ?? undefined, schemas, reporter);
  const set = request.set ?? [];
  const base = resolving.resolve(undefined, set);
  reportReserved(recipe, reporter);
  checkReachability(recipe, base, reporter);
  checkUnused(recipe, reporter);
  const cells: (Cell | undefined)[] = recipe.matrix ? cellsOf(recipe.matrix, [...base.keys()], reporter) : [undefined];
  const identities = new Identities();
  const policies = noPolicies();
  const layerOf = recipe.matrix && layersOf(recipe.matrix);
  const planAll = (base: ReadonlyMap<string, Param>, set: readonly string[]) => {
    const shared = { count: { stages: 0 }, identities, policies };
    const own = (name: string): Json | undefined => base.get(name)?.value;
    return cells.map((cell): PlannedCell => {
      const params = cell && layerOf ? resolving.ofCell(layerOf(cell, own), set, base) : base;
      return { cell, params, planner: planCell(request, recipe, params, cell?.label ?? '', profile, reporter, shared) };
    });
  };
  const planned = planAll(base, set);
  const compare = recipe.compare ? compareCells(recipe.compare, planned, reporter) : [];
  if (recipe.matrix && !reporter.failed) warnOfIdleAxes(recipe.matrix, planned, reporter);
  const drafts = [...planned.flatMap(({ planner }) => planner.drafts), ...compare];
  // `forbid` looks at stages that no target needs; they are not planned for its sake.
  const wanted = recipe.targets
    ? neededBy(
        drafts,
        targetsOf(recipe),
        planned.map(({ planner }) => planner),
      )
    : drafts;
  const labels = new Map(planned.flatMap(({ cell }) => (cell ? [[cell.label, cell.labels]] : [])));
  const again = (more: readonly string[]) => {
    const all = [...set, ...more];
    return planAll(resolving.resolve(undefined, all), all).flatMap(({ planner }) => planner.drafts);
  };
  const requested = applyRequest(wanted, request, labels, again, identities, reporter);
  const diagnostics = reporter.sorted();
  if (hasErrors(diagnostics)) return { diagnostics };
  const { nodes } = collapse(requested, labels);
  const plan: Plan = {
    mortar: 1,
    name: recipe.name,
    profile,
    recipe: sha256(request.text),
    params: Object.fromEntries([...base.values()].map((param) => [param.name, param.value])),
    origins: originsOf(base),
    nodes,
    pruned: prunedIn(planned),
    ...(recipe.matrix
      ? { cells: planned.flatMap(({ cell, params }) => (cell ? [cellOriginsOf(cell.label, params)] : [])) }
      : {}),
  };
  return { diagnostics, plan };
}

/** The only cell of a recipe without a matrix. */
const only: Cell = { label: '', labels: {}, values: {} };

/** Drafts of the comparison: of the cells, or of several metrics of one. */
function compareCells(compare: Entry, planned: readonly PlannedCell[], reporter: Reporter): readonly Draft[] {
  const readouts = isObject(compare.raw) && Array.isArray(compare.raw.metric);
  const compared = planned.flatMap(({ cell, planner }) =>
    cell ? [{ cell, planner }] : readouts ? [{ cell: only, planner }] : [],
  );
  if (compared.length === 0)
    reporter.error(
      { ...compare.place, key: true },
      'compare-without-matrix',
      '`compare` compares the cells of a `matrix`, or several metrics, and there is neither. Add a `matrix`, or give `metric` a list.',
    );
  return planCompare(compare, compared);
}

/**
 * As `checkRecipe`, for a caller that wants a plan.
 * @throws UserError `invalid-recipe`, with all diagnostics in its message, where there are errors.
 */
export function planRecipe(request: CheckRequest): { diagnostics: Diagnostic[]; plan: Plan } {
  const { diagnostics, plan } = checkRecipe(request);
  if (plan) return { diagnostics, plan };
  const text = renderText(
    diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
    (file) => (file === request.file ? request.text : request.readText(file)),
  );
  throw new UserError('invalid-recipe', text, { diagnostics: diagnostics.map((diagnostic) => ({ ...diagnostic })) });
}

/** Checks the recipe under each of its profiles (or the one asked for), and gathers what is found. */
export function checkProfiles(request: CheckRequest): Diagnostic[] {
  if (request.profile !== undefined) return checkRecipe(request).diagnostics;
  // Reading takes as long as all the rest.
  const loaded = load(request);
  const { recipe } = loaded;
  const profiles = recipe ? profilesOf(recipe) : [];
  if (profiles.length === 0) return checkLoaded(request, loaded).diagnostics;
  const own = recipe?.defaultProfile;
  // The data of a larger profile is often not there yet: that stops its plan, not the check.
  const eased = (diagnostic: Diagnostic): Diagnostic =>
    diagnostic.code === 'file-not-found' ? { ...diagnostic, severity: 'warning' } : diagnostic;
  return sortDiagnostics(
    profiles.flatMap((profile) => {
      const { diagnostics } = checkLoaded({ ...request, profile }, loaded);
      return profile === own ? diagnostics : diagnostics.map(eased);
    }),
  );
}
