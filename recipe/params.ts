import { checkParam } from './check-param.js';
import { declareParam } from './declare-param.js';
import type { Json, JsonObject } from './json.js';
import type { Recipe } from './load.js';
import { isObject } from './merge.js';
import type { Param } from './param.js';
import { type Layer, applyLayer } from './param-layers.js';
import type { Reporter } from './reporter.js';
import { setParam } from './set-param.js';
import type { Place } from './source.js';

const declarationKeys = ['type', 'enum', 'schema', 'default', 'const'];

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
      else if (isObject(raw)) declareParam(params, name, raw, place, reporter);
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
    applyLayer(
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
      applyLayer(
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
  if (cell) applyLayer(params, cell, reporter);
  for (const assignment of set) setParam(params, assignment, recipe, reporter);
  for (const param of params.values()) checkParam(param, schemas, reporter);
  return params;
}

/** JSON Schema's word for the type of a value. */
function typeOf(value: Json): string {
  if (value === null) return 'string';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
