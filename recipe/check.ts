import { sha256 } from './canonical.js';
import { collapse } from './collapse.js';
import { planCompare } from './compare.js';
import type { ActivityDeclaration } from './declaration.js';
import { type Diagnostic, hasErrors, sortDiagnostics } from './diagnostic.js';
import { type Draft, draftsOf } from './draft.js';
import { UserError } from './errors.js';
import { checkForbid } from './forbid.js';
import { type Recipe, loadRecipe } from './load.js';
import { type Cell, cellsOf, idleAxes, layerOf } from './matrix.js';
import { isObject } from './merge.js';
import { readModel } from './model-value.js';
import { type Layer, type Param, fileOf, hasType, originsOf, resolveParams, settingsSchema } from './params.js';
import type { Plan } from './plan.js';
import { Planner, draftsIn } from './planner.js';
import { renderText } from './render-text.js';
import { Reporter } from './reporter.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { Lazy, type Value } from './values.js';

export interface CheckRequest {
  /** Path of the recipe as it is shown in diagnostics; other files are found beside it. */
  readonly file: string;
  readonly text: string;
  /** Text of a file (a recipe that is extended, a part), null where there is none. */
  readonly readText: (path: string) => string | null;
  /** `sha256:<hex>` of a file's bytes, null where there is none. */
  readonly readFileDigest: (path: string) => string | null;
  readonly activities: readonly ActivityDeclaration[];
  readonly profile?: string;
  /** Values over all others: `sft.learning_rate=1e-4`. */
  readonly set?: readonly string[];
}

/** Checks a recipe and, where nothing is wrong, plans it. Pure: all that is read comes through the callbacks. */
export function checkRecipe(request: CheckRequest): { diagnostics: Diagnostic[]; plan?: Plan } {
  const reporter = new Reporter();
  const recipe = loadRecipe(request.file, request.text, request.readText, reporter);
  const profile = recipe && chooseProfile(recipe, request.profile, reporter);
  if (recipe === undefined || profile === undefined) return { diagnostics: reporter.sorted() };
  const schemas = settingsSchema(request.activities);
  const resolve = (cell: Layer | undefined): Map<string, Param> =>
    resolveParams(recipe, profile ?? undefined, cell, request.set ?? [], schemas, reporter);
  const base = resolve(undefined);
  reportReserved(recipe, reporter);
  const cells: (Cell | undefined)[] = recipe.matrix ? cellsOf(recipe.matrix, [...base.keys()], reporter) : [undefined];
  const planned = cells.map((cell) => {
    const params =
      cell && recipe.matrix ? resolve(layerOf(cell, recipe.matrix, (name) => base.get(name)?.value)) : base;
    return { cell, planner: planCell(request, recipe, params, cell?.label ?? '', reporter) };
  });
  const drafts: Draft[] = planned.flatMap(({ planner }) => planner.drafts);
  const once = collapse(drafts);
  if (recipe.compare) {
    const known = planned.flatMap(({ cell, planner }) => (cell ? [{ cell, planner }] : []));
    if (known.length === 0)
      reporter.error(
        { ...recipe.compare.place, key: true },
        'compare-without-matrix',
        '`compare` compares the cells of a `matrix`, and there is none.',
      );
    const compare = planCompare(recipe.compare, known, () => once.identities);
    // A metric outside the targets is expanded only now.
    drafts.splice(0, drafts.length, ...planned.flatMap(({ planner }) => planner.drafts), ...(compare ? [compare] : []));
  }
  warnOfIdleAxes(recipe, planned, once.identities, reporter);
  // `forbid` looks at stages that no target needs; they are not planned for its sake.
  const wanted = recipe.targets
    ? neededBy(
        drafts,
        targetsOf(recipe),
        planned.map(({ planner }) => planner),
      )
    : drafts;
  const { nodes } = collapse(wanted, new Map(planned.flatMap(({ cell }) => (cell ? [[cell.label, cell.labels]] : []))));
  const diagnostics = reporter.sorted();
  if (hasErrors(diagnostics)) return { diagnostics };
  const pruned = new Map(
    planned.flatMap(({ cell, planner }) =>
      planner.pruned.map((entry) => {
        const id =
          cell && planned.some((other) => !other.planner.pruned.some((candidate) => candidate.id === entry.id))
            ? `${entry.id}@${cell.label}`
            : entry.id;
        return [id, { id, line: entry.line }] as const;
      }),
    ),
  );
  const plan: Plan = {
    mortar: 1,
    name: recipe.name,
    profile,
    recipe: sha256(request.text),
    params: Object.fromEntries([...base.values()].map((param) => [param.name, param.value])),
    origins: originsOf(base),
    nodes,
    pruned: [...pruned.values()],
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
  const recipe = loadRecipe(request.file, request.text, request.readText, new Reporter());
  const profiles = recipe ? profilesOf(recipe) : [];
  if (profiles.length === 0) return checkRecipe(request).diagnostics;
  const own = recipe?.defaultProfile;
  // The data of a larger profile is often not there yet: that stops its plan, not the check.
  const eased = (diagnostic: Diagnostic): Diagnostic =>
    diagnostic.code === 'file-not-found' ? { ...diagnostic, severity: 'warning' } : diagnostic;
  return sortDiagnostics(
    profiles.flatMap((profile) => {
      const { diagnostics } = checkRecipe({ ...request, profile });
      return profile === own ? diagnostics : diagnostics.map(eased);
    }),
  );
}

export function profilesOf(recipe: Recipe): string[] {
  return [...new Set(recipe.chain.flatMap(({ data }) => Object.keys(isObject(data.profiles) ? data.profiles : {})))];
}

/** Null: the recipe has no profiles. Undefined: none could be chosen, which is reported. */
function chooseProfile(recipe: Recipe, asked: string | undefined, reporter: Reporter): string | null | undefined {
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
    meant,
  );
  return undefined;
}

function planCell(
  request: CheckRequest,
  recipe: Recipe,
  params: ReadonlyMap<string, Param>,
  cell: string,
  reporter: Reporter,
): Planner {
  const values = new Map<string, Value>();
  const value = (name: string): Value | undefined => {
    const param = params.get(name);
    if (param === undefined) return undefined;
    const known = values.get(name);
    if (known !== undefined) return known;
    const made = hasType(param, 'file')
      ? fileOf(param, request.readFileDigest, sha256, reporter)
      : hasType(param, 'model')
        ? readModel(param.value, reporter, param.place)
        : param.value;
    values.set(name, made);
    return made;
  };
  const lazy = new Lazy('params', () => [...params.keys()], value);
  const planner = new Planner({ recipe, activities: request.activities, params: lazy, cell, reporter });
  for (const [index, name] of (recipe.targets ? targetsOf(recipe) : [...recipe.stages.keys()]).entries()) {
    if (planner.root.stage(name) !== undefined || !recipe.targets) continue;
    const meant = suggest(name, recipe.stages.keys());
    reporter.error(
      { ...recipe.targets.place, path: [...recipe.targets.place.path, index] },
      'unknown-stage',
      `There is no stage \`${name}\`${didYouMean(meant) || '.'}`,
      meant,
    );
  }
  for (const forbid of recipe.forbid) checkForbid(planner, forbid);
  return planner;
}

function targetsOf(recipe: Recipe): string[] {
  return Array.isArray(recipe.targets?.raw) ? recipe.targets.raw.map(String) : [];
}

/** Of drafts in order: those of the targets, the comparison, and all that they need. */
function neededBy(drafts: readonly Draft[], targets: readonly string[], planners: readonly Planner[]): Draft[] {
  const wanted = new Set<Draft>(
    planners.flatMap((planner) => targets.flatMap((name) => draftsIn(planner.root.stage(name) ?? null))),
  );
  for (const draft of [...drafts].reverse()) {
    if (draft.id === 'compare' && draft.cell === '') wanted.add(draft);
    if (!wanted.has(draft)) continue;
    for (const upstream of [...draft.needs, ...Object.values(draft.inputs).flat().flatMap(draftsOf)])
      wanted.add(upstream);
  }
  return drafts.filter((draft) => wanted.has(draft));
}

function reportReserved(recipe: Recipe, reporter: Reporter): void {
  for (const [name, entry] of recipe.stages) {
    if (['params', 'models', 'stages', 'inputs', 'foreach', 'outputs', 'item', 'matrix', 'compare'].includes(name)) {
      reporter.error(
        { ...entry.place, key: true },
        'reserved-name',
        `A stage cannot be called \`${name}\`: expressions use that name.`,
      );
    }
  }
}

function warnOfIdleAxes(
  recipe: Recipe,
  planned: readonly { cell: Cell | undefined; planner: Planner }[],
  identities: ReadonlyMap<Draft, string>,
  reporter: Reporter,
): void {
  if (!recipe.matrix || reporter.failed) return;
  const cells = planned.flatMap(({ cell }) => (cell ? [cell] : []));
  const stages = planned.map(({ planner }) => new Set(planner.drafts.map((draft) => identities.get(draft) ?? '')));
  for (const axis of idleAxes(cells, stages)) {
    reporter.warn(
      { ...recipe.matrix.place, path: [...recipe.matrix.place.path, axis], key: true },
      'idle-axis',
      `Axis \`${axis}\` changes no stage: its cells are the same work. Use the param somewhere, or drop the axis.`,
    );
  }
}
