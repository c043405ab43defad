import type { ActivityModules } from './activity-modules.js';
import { sha256 } from './canonical.js';
import { collapse } from './collapse.js';
import { Identities } from './identity.js';
import { chooseProfile } from './choose-profile.js';
import { planCompare } from './compare.js';
import type { ActivityDeclaration } from './declaration.js';
import { type Diagnostic, hasErrors, sortDiagnostics } from './diagnostic.js';
import type { Draft } from './draft.js';
import { UserError } from './errors.js';
import { checkForbid } from './forbid.js';
import type { Entry } from './entry.js';
import { type Recipe, loadRecipe } from './load.js';
import type { Json } from './json.js';
import type { Cell } from './cell.js';
import { cellsOf, idleAxes, layersOf } from './matrix.js';
import { isObject } from './merge.js';
import { cellOriginsOf, originsOf } from './origins.js';
import type { Param } from './param.js';
import { RecipeParams } from './params.js';
import { paramValues } from './param-values.js';
import type { Plan } from './plan.js';
import { profilesOf } from './profiles.js';
import { CellPlanner } from './cell-planner.js';
import type { Planner, PlannerOptions } from './planner.js';
import { noPolicies } from './policy.js';
import { settingsSchema } from './settings-schema.js';
import { renderText } from './render-text.js';
import { applyRequest } from './redraft.js';
import { checkReachability } from './reachability.js';
import { checkUnused } from './unused.js';
import { Reporter } from './reporter.js';
import { neededBy, targetsOf, withTargets } from './targets.js';
import { didYouMean, suggest } from './suggest.js';

export interface CheckRequest {
  /** Path of the recipe as it is shown in diagnostics; other files are found beside it. */
  readonly file: string;
  readonly text: string;
  /** Text of a file (a recipe that is extended, a part), null where there is none. */
  readonly readText: (path: string) => string | null;
  /** `sha256:<hex>` of a file's bytes, null where there is none. */
  readonly readFileDigest: (path: string) => string | null;
  readonly activities: readonly ActivityDeclaration[];
  /** Activities of modules from elsewhere; without it a recipe can use none. */
  readonly modules?: ActivityModules;
  readonly profile?: string;
  /** Values over all others: `sft.learning_rate=1e-4`. */
  readonly set?: readonly string[];
  /** Stages to plan with all that they need, in the place of the recipe's own `targets`. */
  readonly targets?: readonly string[];
  /** Stages to be worked on once more though they are in the cache. The nonce is recorded with the request. */
  readonly fresh?: { readonly stages: readonly string[]; readonly nonce: string };
  /** Values for one stage only, by its address: over those of `set`. */
  readonly only?: readonly { readonly stage: string; readonly set: readonly string[] }[];
}

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
    return cells.map((cell) => {
      const params = cell && layerOf ? resolving.ofCell(layerOf(cell, own), set, base) : base;
      return { cell, params, planner: planCell(request, recipe, params, cell?.label ?? '', profile, reporter, shared) };
    });
  };
  const planned = planAll(base, set);
  let compare: readonly Draft[] = [];
  if (recipe.compare) {
    const readouts = isObject(recipe.compare.raw) && Array.isArray(recipe.compare.raw.metric);
    const compared = planned.flatMap(({ cell, planner }) =>
      cell ? [{ cell, planner }] : readouts ? [{ cell: only, planner }] : [],
    );
    if (compared.length === 0)
      reporter.error(
        { ...recipe.compare.place, key: true },
        'compare-without-matrix',
        '`compare` compares the cells of a `matrix`, or several metrics, and there is neither. Add a `matrix`, or give `metric` a list.',
      );
    compare = planCompare(recipe.compare, compared);
  }
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

/** Stages that were pruned; one that is pruned in some cells only is called by its cell. */
function prunedIn(planned: readonly { readonly cell: Cell | undefined; readonly planner: Planner }[]): Plan['pruned'] {
  const times = new Map<string, number>();
  for (const { planner } of planned)
    for (const id of new Set(planner.pruned.map((entry) => entry.id))) times.set(id, (times.get(id) ?? 0) + 1);
  const pruned = new Map<string, Plan['pruned'][number]>();
  for (const { cell, planner } of planned) {
    for (const entry of planner.pruned) {
      const id = cell && times.get(entry.id) !== planned.length ? `${entry.id}@${cell.label}` : entry.id;
      pruned.set(id, { ...entry, id });
    }
  }
  return [...pruned.values()];
}

/** The only cell of a recipe without a matrix. */
const only: Cell = { label: '', labels: {}, values: {} };

function planCell(
  request: CheckRequest,
  recipe: Recipe,
  params: ReadonlyMap<string, Param>,
  cell: string,
  profile: string | null,
  reporter: Reporter,
  shared: Pick<PlannerOptions, 'count' | 'identities' | 'policies'>,
): Planner {
  const planner = new CellPlanner({
    recipe,
    activities: request.activities,
    modules: request.modules,
    params: paramValues(params, request.readFileDigest, reporter),
    cell,
    reporter,
    files: request,
    profile,
    above: [request.file],
    ...shared,
  });
  if (recipe.targets) planTargets(planner, recipe, recipe.targets, reporter);
  else for (const name of recipe.stages.keys()) planner.root.stage(name);
  for (const forbid of recipe.forbid) checkForbid(planner, forbid);
  return planner;
}

function planTargets(planner: Planner, recipe: Recipe, targets: Entry, reporter: Reporter): void {
  for (const [index, name] of targetsOf(recipe).entries()) {
    if (planner.root.stage(name) !== undefined) continue;
    const meant = suggest(name, recipe.stages.keys());
    reporter.error(
      { ...targets.place, path: [...targets.place.path, index] },
      'unknown-stage',
      `There is no stage \`${name}\`${didYouMean(meant) || '.'}`,
      meant,
    );
  }
}

function reportReserved(recipe: Recipe, reporter: Reporter): void {
  for (const name of ['params', 'models', 'stages', 'inputs', 'foreach', 'outputs', 'item', 'matrix', 'compare']) {
    const entry = recipe.stages.get(name);
    if (entry)
      reporter.error(
        { ...entry.place, key: true },
        'reserved-name',
        `A stage cannot be called \`${name}\`: expressions use that name.`,
      );
  }
}

function warnOfIdleAxes(
  matrix: Entry,
  planned: readonly { cell: Cell | undefined; planner: Planner }[],
  reporter: Reporter,
): void {
  const cells = planned.flatMap(({ cell }) => (cell ? [cell] : []));
  const stages = planned.map(({ planner }) => new Set(planner.drafts.map(({ work }) => work)));
  for (const axis of idleAxes(cells, stages)) {
    reporter.warn(
      { ...matrix.place, path: [...matrix.place.path, axis], key: true },
      'idle-axis',
      `Axis \`${axis}\` changes no stage: its cells are the same work. Use the param somewhere, or drop the axis.`,
    );
  }
}
