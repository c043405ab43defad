import { checkParam } from './check-param.js';
import { declareParam } from './declare-param.js';
import type { Json, JsonObject } from '../json.js';
import type { Recipe } from '../load/load.js';
import { isObject } from '../merge.js';
import type { Param } from './param.js';
import { type Layer, applyLayer } from './param-layers.js';
import type { Reporter } from '../syntax/reporter.js';
import { paramOf, setParam } from './set-param.js';
import type { Place } from '../syntax/source.js';

const declarationKeys = ['type', 'enum', 'schema', 'default', 'const'];

/**
 * The params of a recipe, layer upon layer: default < base recipe's profile < extending recipe's params < its profile < matrix cell < --set.
 * Objects merge deeply, lists replace.
 */
export class RecipeParams {
  /** After the layers that files say, which are the same for all cells. */
  readonly #declared: ReadonlyMap<string, Param>;

  constructor(
    readonly recipe: Recipe,
    profile: string | undefined,
    /** By the name that a declaration says. */
    readonly schemas: (name: string) => object | undefined,
    readonly reporter: Reporter,
  ) {
    this.#declared = declaredParams(recipe, profile, reporter);
  }

  /** All of them, under a layer of their own and `--set`. */
  resolve(layer: Layer | undefined, set: readonly string[]): Map<string, Param> {
    const params = new Map([...this.#declared].map(([name, param]) => [name, copyOfParam(param)]));
    if (layer) applyLayer(params, layer, this.reporter);
    for (const assignment of set) setParam(params, assignment, this.recipe, this.reporter);
    for (const param of params.values()) checkParam(param, this.schemas, this.reporter);
    return params;
  }

  /** As `resolve`; what the cell does not set is taken as it is without a cell. */
  ofCell(cell: Layer, set: readonly string[], base: ReadonlyMap<string, Param>): Map<string, Param> {
    const params = new Map(base);
    const own = new Set<string>();
    for (const name of Object.keys(cell.values)) {
      const declared = this.#declared.get(name);
      if (declared === undefined) continue;
      own.add(name);
      params.set(name, copyOfParam(declared));
    }
    applyLayer(params, cell, this.reporter);
    for (const assignment of set)
      if (own.has(paramOf(assignment))) setParam(params, assignment, this.recipe, this.reporter);
    for (const name of own) {
      const param = params.get(name);
      if (param) checkParam(param, this.schemas, this.reporter);
    }
    return params;
  }
}

function copyOfParam(param: Param): Param {
  return { ...param, from: new Map(param.from) };
}

function declaredParams(recipe: Recipe, profile: string | undefined, reporter: Reporter): Map<string, Param> {
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
  return params;
}

/** JSON Schema's word for the type of a value. */
function typeOf(value: Json): string {
  if (value === null) return 'string';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
