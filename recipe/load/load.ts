import { type Entry, type NamedEntry, entriesOf } from '../syntax/entry.js';
import { display } from '../expressions/functions.js';
import type { JsonObject } from '../json.js';
import { limits } from '../limits.js';
import { isObject } from '../merge.js';
import { joinPath } from '../paths.js';
import type { Reporter } from '../syntax/reporter.js';
import { reportSecrets } from './secrets.js';
import { Source } from '../syntax/source.js';
import recipeSchema from '../../schemas/recipe.schema.json' with { type: 'json' };
import { reportVersions, reportViolation } from '../schema/unquoted.js';
import { validateSchema } from '../schema/validate.js';

/** A recipe with those that it extends, the oldest first. Named things of a later one replace those of an earlier one. */
export interface Recipe {
  readonly chain: readonly { readonly source: Source; readonly data: JsonObject }[];
  readonly name: string;
  readonly defaultProfile: string | undefined;
  readonly stages: ReadonlyMap<string, NamedEntry>;
  readonly models: ReadonlyMap<string, Entry>;
  readonly parts: ReadonlyMap<string, Entry>;
  readonly defaults: Entry | undefined;
  readonly forbid: readonly Entry[];
  readonly matrix: Entry | undefined;
  readonly compare: Entry | undefined;
  readonly targets: Entry | undefined;
}

/** Reads a recipe, those that it extends and its parts; the shape of each is checked first. Undefined where that failed. */
export function loadRecipe(
  file: string,
  text: string,
  readText: (path: string) => string | null,
  reporter: Reporter,
): Recipe | undefined {
  const chain = loadChain(file, text, readText, reporter, []);
  if (chain === undefined) return undefined;
  const named = (section: string): Map<string, NamedEntry> => {
    const entries = new Map<string, NamedEntry>();
    for (const { source, data } of chain) {
      const members = data[section];
      if (isObject(members)) for (const entry of entriesOf(members, source, [section])) entries.set(entry.name, entry);
    }
    return entries;
  };
  const last = (section: string): Entry | undefined => {
    const found = chain.filter(({ data }) => data[section] !== undefined).at(-1);
    return found ? { raw: found.data[section] ?? null, place: { source: found.source, path: [section] } } : undefined;
  };
  const leaf = chain[chain.length - 1];
  if (leaf === undefined) return undefined;
  return {
    chain,
    name: display(leaf.data.name ?? null),
    defaultProfile: last('default_profile')?.raw as string | undefined,
    stages: named('stages'),
    models: named('models'),
    parts: readParts(named('parts'), readText, reporter),
    defaults: last('defaults'),
    forbid: chain
      .filter(({ data }) => data.forbid !== undefined)
      .map(({ source, data }) => ({ raw: data.forbid ?? null, place: { source, path: ['forbid'] } })),
    matrix: last('matrix'),
    compare: last('compare'),
    targets: last('targets'),
  };
}

function loadChain(
  file: string,
  text: string,
  readText: (path: string) => string | null,
  reporter: Reporter,
  above: readonly string[],
): { source: Source; data: JsonObject }[] | undefined {
  const source = new Source(file, text);
  reporter.add(source.problems);
  if (source.problems.some((problem) => problem.severity === 'error')) return undefined;
  if (source.data === null) {
    reporter.error({ source, path: [] }, 'missing-key', 'The recipe is empty. `mortar init` writes one to begin with.');
    return undefined;
  }
  reportSecrets(source, reporter);
  reportVersions(source, reporter);
  const violations = validateSchema(recipeSchema, source.data, 'a recipe');
  for (const violation of violations) {
    const misplaced =
      violation.code === 'wrong-type' && violation.path.at(-2) === 'inputs' && violation.path[0] === 'stages';
    const message = misplaced
      ? `\`${String(violation.path.at(-1))}\` is a value: put it under \`with\`; \`inputs\` takes references such as split.test.`
      : violation.message;
    reportViolation(reporter, { source, path: violation.path }, violation, message, !misplaced);
  }
  if (violations.length > 0 || !isObject(source.data)) return undefined;
  const own = { source, data: source.data };
  if (typeof source.data.extends !== 'string') {
    if (source.data.stages === undefined) {
      reporter.error(
        { source, path: [] },
        'missing-key',
        'A recipe lacks `stages`: declare them, or build on another recipe with `extends: ../other.yaml`.',
      );
      return undefined;
    }
    return [own];
  }
  const place = { source, path: ['extends'] };
  const base = joinPath(file, source.data.extends);
  if ([...above, file].includes(base)) {
    reporter.error(place, 'extends-cycle', `\`extends\` goes in a circle: ${[...above, file, base].join(' -> ')}.`);
    return undefined;
  }
  if (above.length >= limits.nested) {
    reporter.error(place, 'too-deep', `Recipes extend each other here through more than ${limits.nested} levels.`);
    return undefined;
  }
  const baseText = readText(base);
  if (baseText === null) {
    reporter.error(
      place,
      'file-not-found',
      `There is no \`${base}\`: \`extends\` is relative to the recipe that says it.`,
    );
    return undefined;
  }
  const chain = loadChain(base, baseText, readText, reporter, [...above, file]);
  return chain && [...chain, own];
}

/** A part may stand in a file of its own: `parts: { attempt: parts/attempt.yaml }`. */
function readParts(
  parts: Map<string, Entry>,
  readText: (path: string) => string | null,
  reporter: Reporter,
): Map<string, Entry> {
  for (const [name, { raw, place }] of parts) {
    if (typeof raw !== 'string') continue;
    const path = joinPath(place.source.file, raw);
    const text = readText(path);
    if (text === null) {
      reporter.error(
        place,
        'file-not-found',
        `There is no \`${path}\`: the file of part \`${name}\` is relative to the recipe.`,
      );
      parts.set(name, { raw: null, place });
      continue;
    }
    const source = new Source(path, text);
    reporter.add(source.problems);
    reportSecrets(source, reporter);
    reportVersions(source, reporter);
    const schema = { $defs: recipeSchema.$defs, ...recipeSchema.$defs.part };
    const violations = source.problems.length > 0 ? [] : validateSchema(schema, source.data, 'a part');
    for (const violation of violations) reportViolation(reporter, { source, path: violation.path }, violation);
    // Null: told, and of no use to those that use it.
    const usable = source.problems.length === 0 && violations.length === 0;
    parts.set(name, { raw: usable ? source.data : null, place: { source, path: [] } });
  }
  return parts;
}
