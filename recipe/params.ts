import { display } from './functions.js';
import type { ActivityDeclaration } from './declaration.js';
import type { Json, JsonObject } from './json.js';
import type { Recipe } from './load.js';
import { deepMerge, isObject, nested, own } from './merge.js';
import { isPinned, isReference, joinPath } from './paths.js';
import type { Reporter } from './reporter.js';
import { looksSecret } from './secrets.js';
import type { Place } from './source.js';
import { didYouMean, listed, suggest } from './suggest.js';
import { reportViolation } from './unquoted.js';
import { schemaProblem, validateSchema } from './validate.js';
import { FileValue, type Value, broken } from './values.js';
import { parse as parseYaml } from 'yaml';

/** A param with its value, the place that gave it, and where each part of it came from. */
export interface Param {
  readonly name: string;
  readonly declaration: JsonObject;
  readonly declared: Place;
  value: Json;
  /** The value is not of the declared type, which has been told. */
  broken?: boolean;
  /** Place of the value as a whole; of the declaration where `--set` gave it. */
  place: Place;
  /** By dotted path below the param ('' is the param itself). */
  readonly from: Map<string, { from: string; place: Place | undefined; file: string }>;
}

export interface Layer {
  readonly from: string;
  /** Files named in it are relative to this file. */
  readonly file: string;
  readonly values: JsonObject;
  /** Of a value by its path; undefined for the command line. */
  readonly place: ((path: readonly string[]) => Place) | undefined;
}

const declarationKeys = ['type', 'enum', 'schema', 'default', 'const'];
const special = ['file', 'model', 'predicate'];

/**
 * The params after all layers: default < base recipe's profile < extending recipe's params < its profile < matrix cell < --set.
 * Objects merge deeply, lists replace.
 */
export function resolveParams(
  recipe: Recipe,
  profile: string | undefined,
  cell: Layer | undefined,
  set: readonly string[],
  schemas: (name: string) => object | undefined,
  reporter: Reporter,
): Map<string, Param> {
  const params = new Map<string, Param>();
  for (const { source, data } of recipe.chain) {
    const own = isObject(data.params) ? data.params : {};
    const values: JsonObject = {};
    for (const [name, raw] of Object.entries(own)) {
      const place: Place = { source, path: ['params', name] };
      const declares =
        isObject(raw) &&
        declarationKeys.some((key) => Object.hasOwn(raw, key)) &&
        (!params.has(name) || Object.hasOwn(raw, 'type') || Object.hasOwn(raw, 'default'));
      if (!declares && params.has(name)) values[name] = raw;
      else if (isObject(raw)) declare(params, name, raw, place, reporter);
      else {
        const declaration = `{ type: ${typeOf(raw)}, default: ${JSON.stringify(raw)} }`;
        reporter.error(
          place,
          'invalid-param',
          `Param \`${name}\` is \`${JSON.stringify(raw)}\`; declare it: ${declaration}.`,
          declaration,
        );
      }
    }
    apply(
      params,
      {
        from: `recipe ${source.file}`,
        file: source.file,
        values,
        place: (path) => ({ source, path: ['params', ...path] }),
      },
      reporter,
    );
    const profiles = isObject(data.profiles) ? data.profiles : {};
    const chosen = profile === undefined ? undefined : profiles[profile];
    if (profile !== undefined && isObject(chosen)) {
      apply(
        params,
        {
          from: `profile ${profile}`,
          file: source.file,
          values: chosen,
          place: (path) => ({ source, path: ['profiles', profile, ...path] }),
        },
        reporter,
      );
    }
  }
  if (cell) apply(params, cell, reporter);
  for (const assignment of set) applySet(params, assignment, recipe, reporter);
  for (const param of params.values()) check(param, schemas, reporter);
  return params;
}

/** JSON Schema's word for the type of a value. */
function typeOf(value: Json): string {
  if (value === null) return 'string';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function declare(
  params: Map<string, Param>,
  name: string,
  declaration: JsonObject,
  place: Place,
  reporter: Reporter,
): void {
  const known = [
    'default',
    'origin',
    'schema',
    'type',
    'enum',
    'const',
    'items',
    'properties',
    'additionalProperties',
    'required',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'pattern',
    'format',
    'minItems',
    'maxItems',
    'uniqueItems',
    'title',
    'description',
    'record',
  ];
  for (const key of Object.keys(declaration)) {
    if (known.includes(key)) continue;
    const meant = suggest(key, known);
    reporter.error(
      { ...place, path: [...place.path, key], key: true },
      'unknown-key',
      `A param declaration has no \`${key}\`${didYouMean(meant) || '.'}`,
      meant,
    );
  }
  const origins = ['paper', 'secondary', 'code', 'assumed'];
  for (const origin of isObject(declaration.origin)
    ? Object.values(declaration.origin)
    : declaration.origin === undefined
      ? []
      : [declaration.origin]) {
    if (!origins.includes(display(origin ?? null)))
      reporter.error(
        { ...place, path: [...place.path, 'origin'] },
        'invalid-value',
        `Origin \`${display(origin ?? null)}\` is not one of ${listed(origins)}.`,
      );
  }
  const at: Place = declaration.default === undefined ? place : { ...place, path: [...place.path, 'default'] };
  const param: Param = {
    name,
    declaration,
    declared: place,
    value: declaration.default ?? null,
    place: at,
    from: new Map(),
  };
  // Every leaf of the default is known to be one, so that `plan --json` can say it of each.
  deepMerge({}, { [name]: param.value }, (path) => {
    param.from.set(path.slice(1).join('.'), {
      from: 'default',
      place: { ...at, path: [...at.path, ...path.slice(1)] },
      file: place.source.file,
    });
  });
  params.set(name, param);
}

function apply(params: Map<string, Param>, layer: Layer, reporter: Reporter): void {
  for (const [name, value] of Object.entries(layer.values)) {
    const param = params.get(name);
    if (param === undefined) {
      const meant = suggest(name, params.keys());
      const place = layer.place?.([name]);
      if (place)
        reporter.error(
          { ...place, key: true },
          'unknown-param',
          `There is no param \`${name}\`${didYouMean(meant) || `; there are ${listed(params.keys(), 40)}.`}`,
          meant,
        );
      continue;
    }
    // Another kind of model is another model: nothing of the one before is left in it.
    const replaces =
      hasType(param, 'model') &&
      isObject(value) &&
      ['scripted', 'hub', 'weights', 'model'].some((kind) => Object.hasOwn(value, kind));
    param.value = deepMerge(replaces ? null : param.value, value, (path) => {
      // What stood below a replaced value is gone.
      const at = path.join('.');
      for (const known of [...param.from.keys()])
        if (at === '' || known === at || known.startsWith(`${at}.`)) param.from.delete(known);
      param.from.set(at, { from: layer.from, place: layer.place?.([name, ...path]), file: layer.file });
    });
    param.place = layer.place?.([name]) ?? param.declared;
  }
}

/** `a.b=value`; the value is YAML: `1e-4` is a number, `null` null, `[1, 2]` a list. */
function applySet(params: Map<string, Param>, assignment: string, recipe: Recipe, reporter: Reporter): void {
  const leaf = recipe.chain[recipe.chain.length - 1];
  if (leaf === undefined) return;
  const top: Place = { source: leaf.source, path: ['name'] };
  const at = assignment.indexOf('=');
  const path = assignment.slice(0, Math.max(at, 0)).trim().split('.');
  if (at < 1 || path.includes('')) {
    reporter.error(
      top,
      'invalid-set',
      `--set \`${assignment}\`: write PARAM=VALUE, such as --set sft.learning_rate=1e-4.`,
    );
    return;
  }
  const name = path[0] ?? '';
  if (!params.has(name)) {
    const meant = suggest(name, params.keys());
    reporter.error(
      top,
      'unknown-param',
      `--set \`${assignment}\`: there is no param \`${name}\`${didYouMean(meant) || `; there are ${listed(params.keys(), 40)}.`}`,
    );
    return;
  }
  let value: Json;
  try {
    value = parseYaml(assignment.slice(at + 1), { version: '1.2', schema: 'core' }) as Json;
  } catch {
    reporter.error(top, 'invalid-set', `--set \`${assignment}\`: the value is not valid YAML; quote it.`);
    return;
  }
  if (looksSecret(assignment.slice(at + 1))) {
    reporter.error(
      top,
      'literal-secret',
      `--set \`${name}\`: the value holds a credential, which would be written into the plan and the store. Put it into the environment of the worker, and name it: { secret: NAME }.`,
    );
    return;
  }
  // A path on the command line is relative to where the command runs, not to the recipe.
  apply(
    params,
    { from: '--set', file: '', values: { [name]: nested(path.slice(1), value ?? null) }, place: undefined },
    reporter,
  );
}

function check(param: Param, schemas: (name: string) => object | undefined, reporter: Reporter): void {
  const { declaration, declared, name } = param;
  if (containsExpression(param.value)) {
    reporter.error(
      param.place,
      'expression-in-param',
      `Param \`${name}\` holds an expression; params are plain values. Put the expression where the param is used.`,
    );
    return;
  }
  let schema = schemaOf(declaration);
  if (typeof declaration.schema === 'string') {
    const found = schemas(declaration.schema);
    const place = { ...declared, path: [...declared.path, 'schema'] };
    if (found === undefined) {
      reporter.error(
        place,
        'unknown-schema',
        `Param \`${name}\`: there is no schema \`${declaration.schema}\`: name an activity, such as sft/train, or models/serve.`,
      );
      return;
    }
    schema = found;
  }
  // An activity's is right.
  const problem = declaration.schema === undefined ? schemaProblem(schema) : undefined;
  if (problem !== undefined) {
    param.broken = true;
    reporter.error(declared, 'invalid-param', `The declaration of param \`${name}\` is no JSON Schema: ${problem}.`);
    return;
  }
  const value = structuredClone(param.value);
  const violations = validateSchema(schema, value, `param \`${name}\``);
  param.broken = violations.length > 0;
  // An object typed by an activity has that activity's defaults, so that each of its keys can be referred to.
  if (declaration.schema !== undefined && violations.length === 0) param.value = value;
  for (const violation of violations) {
    // A profile may be at fault for one key of an object whose rest is the default.
    const path = violation.path.map(String);
    const source = param.from.get(path.join('.')) ?? param.from.get(path.slice(0, -1).join('.')) ?? param.from.get('');
    const place = source?.place ?? (source ? param.declared : { ...param.place, path: [...param.place.path, ...path] });
    const where = source?.from === '--set' ? ' (from --set)' : '';
    const message =
      violation.path.length === 0 || violation.key ? violation.message : `Param \`${name}\`: ${violation.message}`;
    // What was said on the command line cannot be mended in the file.
    reportViolation(reporter, place, violation, `${message}${where}`, where === '');
  }
}

/** The JSON Schema of a declaration: its keywords, with our own types spelled out. */
function schemaOf(declaration: JsonObject): object {
  const {
    default: _default,
    origin: _origin,
    description: _description,
    schema: _schema,
    type,
    ...keywords
  } = declaration;
  if (type === undefined) return keywords;
  const types = [type].flat().map(String);
  return {
    ...keywords,
    type: types.map((entry) => (entry === 'model' ? 'object' : special.includes(entry) ? 'string' : entry)),
  };
}

export function hasType(param: Param, type: string): boolean {
  return [param.declaration.type ?? []].flat().includes(type);
}

function containsExpression(value: Json): boolean {
  if (typeof value === 'string') return value.includes('${{');
  return value !== null && typeof value === 'object' && Object.values(value).some(containsExpression);
}

/** A param of type file as a handle: a digested file, or a reference. */
export function fileOf(
  param: Param,
  readFileDigest: (path: string) => string | null,
  digest: (text: string) => string,
  reporter: Reporter,
): Value {
  if (typeof param.value !== 'string') return null;
  const source = param.from.get('');
  if (isReference(param.value)) {
    if (!isPinned(param.value))
      reporter.warn(
        param.place,
        'unpinned-reference',
        `\`${param.value}\` names no revision: it may be something else tomorrow. Pin it, as \`${param.value.replace(/(#.*)?$/, (fragment) => `@REVISION${fragment}`)}\`.`,
      );
    return new FileValue(param.value, digest(param.value));
  }
  const path = joinPath(source?.file ?? '', param.value);
  const found = readFileDigest(path);
  if (found !== null) return new FileValue(path, found);
  reporter.error(
    param.place,
    'file-not-found',
    `Param \`${param.name}\`: there is no file \`${path}\`${source?.from === '--set' ? '' : '; paths are relative to the recipe that says them'}.`,
  );
  return broken;
}

/** What a recipe's `schema: NAME` stands for: an activity's one settings object, `NAME#property`, or its whole `with`. */
export function settingsSchema(activities: readonly ActivityDeclaration[]): (name: string) => object | undefined {
  return (name) => {
    if (name === 'models/serve') {
      return {
        type: 'object',
        properties: {
          engine: { enum: ['local', 'vllm', 'sglang'] },
          tensor_parallel: { type: 'integer', minimum: 1 },
          max_length: { type: 'integer', minimum: 1 },
        },
        additionalProperties: false,
      };
    }
    const [activity, property] = name.split('#');
    const declaration = activities.find((entry) => entry.name === activity);
    if (declaration === undefined) return undefined;
    const properties = declaration.params.properties as
      Record<string, { type?: unknown; properties?: object }> | undefined;
    if (property !== undefined) return properties && own(properties, property);
    const objects = Object.values(properties ?? {}).filter(
      (entry) => entry.type === 'object' && entry.properties !== undefined,
    );
    // The settings object carries the activity's name or is the only one: agent, train, model.
    const named = ['agent', 'train', 'model']
      .map((key) => properties?.[key])
      .find((entry) => entry?.properties !== undefined);
    return named ?? (objects.length === 1 ? objects[0] : declaration.params);
  };
}
