import { draftsIn } from './drafts-in.js';
import type { Scope } from '../expressions/evaluate.js';
import { checkForbid } from './forbid.js';
import type { Json, JsonObject } from '../json.js';
import { type Recipe, loadRecipe } from '../load/load.js';
import { limits } from '../limits.js';
import { isObject } from '../merge.js';
import { joinPath } from '../paths.js';
import { paramValues } from '../params/param-values.js';
import { RecipeParams } from '../params/params.js';
import { settingsSchema } from '../schema/settings-schema.js';
import type { Group, Planner, StageEntry } from './planner.js';
import { profilesOf } from '../params/profiles.js';
import type { Path, Place } from '../syntax/source.js';
import { listed } from '../suggest.js';
import { resolveTemplates } from '../expressions/template.js';
import { Broken, Composite, type Instance, broken, isHandle } from '../expressions/values.js';

/** What belongs to the stages of the recipe that is used, not to its use. */
const FOREIGN = ['inputs', 'items', 'retry', 'timeout', 'queue', 'sandbox', 'expect', 'approve', 'outputs'];

/**
 * Makes the nodes of a stage that uses a recipe: `uses: ./other.yaml`. Their ids begin with the stage's (`data.split`), `with` gives values
 * for its params, and its stages are reached as `data.split.test`.
 */
export function expandRecipe(
  group: Group,
  stage: StageEntry,
  scope: Scope,
  id: string,
  uses: string,
): Instance | Broken {
  const { options } = group.planner;
  const { reporter } = options;
  const at = (...path: Path): Place => stage.entry.at(...path);
  for (const field of FOREIGN) {
    if (stage.raw[field] !== undefined)
      reporter.error(
        { ...at(field), key: true },
        'not-of-recipe',
        `\`${field}\` belongs to the stages of ${uses}: a recipe that is used as a stage takes values for its params, under \`with\`.`,
      );
  }
  const file = joinPath(stage.entry.source.file, uses);
  if (options.above.includes(file)) {
    reporter.error(at('uses'), 'cycle', `Recipes use each other: ${[...options.above, file].join(' -> ')}.`);
    return broken;
  }
  if (options.above.length >= limits.nested) {
    reporter.error(at('uses'), 'too-deep', `Recipes use each other here through more than ${limits.nested} levels.`);
    return broken;
  }
  const text = options.files.readText(file);
  if (text === null) {
    reporter.error(
      at('uses'),
      'file-not-found',
      `There is no \`${file}\`: \`uses\` is relative to the recipe that says it.`,
    );
    return broken;
  }
  const recipe = loadRecipe(file, text, options.files.readText, reporter);
  const profile = recipe && profileOf(recipe, options.profile);
  if (recipe === undefined) return broken;
  if (recipe.matrix ?? recipe.compare) {
    reporter.error(
      at('uses'),
      'not-of-recipe',
      `\`${file}\` has a matrix or a comparison, which are of whole recipes: it cannot be a stage.`,
    );
    return broken;
  }
  if (profile === undefined) {
    reporter.error(
      at('uses'),
      'profile-needed',
      `\`${file}\` has profiles, and none is called as the one in use or is its \`default_profile\`; there are ${listed(profilesOf(recipe))}.`,
    );
    return broken;
  }
  const values = readValues(stage, scope, group.planner, at);
  if (values === undefined) return broken;
  const layer = {
    from: `stage ${id}`,
    file: stage.entry.source.file,
    values,
    place: (path: readonly string[]) => at('with', ...path),
  };
  const schemas = settingsSchema(options.activities);
  const params = new RecipeParams(recipe, profile ?? undefined, schemas, reporter).resolve(layer, []);
  return group.planner.guard(`${id} (${uses})`, stage.entry, () => {
    const own = {
      ...options,
      recipe,
      params: paramValues(params, options.files.readFileDigest, reporter),
      profile,
      above: [...options.above, file],
      needs: [...group.needs, ...group.needed(stage)],
    };
    const planner = group.planner.inner(own, `${id}.`);
    const wanted = Array.isArray(recipe.targets?.raw) ? recipe.targets.raw.map(String) : [...recipe.stages.keys()];
    const drafts = wanted.flatMap((name) => draftsIn(planner.root.stage(name) ?? null));
    for (const forbid of recipe.forbid) checkForbid(planner, forbid);
    return new Composite(id, [...recipe.stages.keys()], drafts, (name) => planner.root.stage(name) ?? null);
  });
}

/** The profile of the same name, else the recipe's own default; null where it has none, undefined where none can be told. */
function profileOf(recipe: Recipe, current: string | null): string | null | undefined {
  const profiles = profilesOf(recipe);
  if (profiles.length === 0) return null;
  if (current !== null && profiles.includes(current)) return current;
  return recipe.defaultProfile;
}

function readValues(
  stage: StageEntry,
  scope: Scope,
  planner: Planner,
  at: (...path: Path) => Place,
): JsonObject | undefined {
  const values: Record<string, Json> = {};
  let failed = false;
  for (const [name, raw] of Object.entries(isObject(stage.raw.with) ? stage.raw.with : {})) {
    const value = resolveTemplates(raw, scope, planner.options.reporter, at('with', name));
    if (isHandle(value)) {
      failed = true;
      if (!(value instanceof Broken))
        planner.options.reporter.error(
          at('with', name),
          'value-needed',
          `\`${name}\` is given an artifact or a model: the params of another recipe take values.`,
        );
    } else values[name] = value as Json;
  }
  return failed ? undefined : values;
}
