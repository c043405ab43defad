import type { Json, JsonObject } from './json.js';

/** Values that are looked at before the library takes over, which compiles a schema first and is faster from then on. */
const most = 5_000;
/** Values of one schema; from then on compiling it has paid. */
const mostTimes = 20;
const times = new WeakMap<object, number>();

/**
 * Whether a value is surely what a JSON Schema asks for, with its defaults filled in as the library does it. Most values are, and most
 * schemas say little: compiling each of them takes longer than all the rest of a check. False means nothing: ask the library.
 */
export function surelyValid(schema: object, value: Json): boolean {
  const before = times.get(schema) ?? 0;
  if (before >= mostTimes) return false;
  times.set(schema, before + 1);
  try {
    return new QuickSchema(schema as JsonObject).holds(schema as Json, value, true);
  } catch (error) {
    if (error instanceof Unsure) return false;
    throw error;
  }
}

class Unsure extends Error {}

/** Says nothing about a value. */
const silent = new Set(['$schema', '$id', '$defs', 'title', 'description', 'default', 'examples', 'then', 'else']);
const patterns = new Map<string, RegExp>();

class QuickSchema {
  #looked = 0;

  constructor(readonly root: JsonObject) {}

  /** @param fill whether defaults are filled in; below `if` and `anyOf` they are not */
  holds(schema: Json | undefined, value: Json, fill: boolean): boolean {
    if (typeof schema === 'boolean') return schema;
    if (!isMap(schema) || (this.#looked += 1) > most) return unsure();
    if (isMap(value)) this.#fill(schema, value, fill);
    for (const keyword in schema) {
      if (!silent.has(keyword) && !this.#keyword(keyword, schema, value, fill)) return false;
    }
    return true;
  }

  #fill({ properties }: JsonObject, value: JsonObject, fill: boolean): void {
    if (!isMap(properties)) return;
    for (const name in properties) {
      const property = properties[name];
      if (!isMap(property) || property['default'] === undefined || value[name] !== undefined) continue;
      if (!fill) unsure();
      value[name] = structuredClone(property['default']);
    }
  }

  #keyword(keyword: string, schema: JsonObject, value: Json, fill: boolean): boolean {
    const says = schema[keyword] as Json;
    switch (keyword) {
      case '$ref':
        return this.holds(this.#definition(says), value, fill);
      case 'type':
        return Array.isArray(says) ? says.some((type) => isOfType(value, type)) : isOfType(value, says);
      case 'const':
        return isSame(value, says);
      case 'enum':
        return Array.isArray(says) ? says.some((entry) => isSame(value, entry)) : unsure();
      case 'minimum':
      case 'maximum':
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        return typeof value !== 'number' || isWithin(keyword, value, limitOf(says));
      case 'minLength':
        return typeof value !== 'string' || [...value].length >= limitOf(says);
      case 'maxLength':
        return typeof value !== 'string' || [...value].length <= limitOf(says);
      case 'pattern':
        return typeof value !== 'string' || patternOf(says).test(value);
      case 'minItems':
        return !Array.isArray(value) || value.length >= limitOf(says);
      case 'maxItems':
        return !Array.isArray(value) || value.length <= limitOf(says);
      case 'items':
        return !Array.isArray(value) || value.every((entry) => this.holds(says, entry, fill));
      case 'minProperties':
        return !isMap(value) || Object.keys(value).length >= limitOf(says);
      case 'required':
        if (!Array.isArray(says)) return unsure();
        return !isMap(value) || says.every((name) => value[String(name)] !== undefined);
      case 'properties':
        return !isMap(value) || this.#properties(says, value, fill);
      case 'additionalProperties':
        return !isMap(value) || this.#additional(schema, says, value, fill);
      case 'propertyNames':
        return !isMap(value) || Object.keys(value).every((name) => this.holds(says, name, false));
      case 'anyOf':
        return Array.isArray(says) ? says.some((branch) => this.holds(branch, value, false)) : unsure();
      case 'if':
        return this.holds((this.holds(says, value, false) ? schema['then'] : schema['else']) ?? true, value, false);
      default:
        return unsure();
    }
  }

  #properties(properties: Json, value: JsonObject, fill: boolean): boolean {
    if (!isMap(properties)) return unsure();
    for (const name in properties) {
      const given = value[name];
      if (given !== undefined && !this.holds(properties[name], given, fill)) return false;
    }
    return true;
  }

  #additional({ properties }: JsonObject, says: Json, value: JsonObject, fill: boolean): boolean {
    for (const name in value) {
      if (isMap(properties) && Object.hasOwn(properties, name)) continue;
      if (!this.holds(says, value[name] as Json, fill)) return false;
    }
    return true;
  }

  #definition(reference: Json): Json | undefined {
    const name = /^#\/\$defs\/(\w+)$/.exec(String(reference))?.[1];
    const { $defs } = this.root;
    return name !== undefined && isMap($defs) && Object.hasOwn($defs, name) ? $defs[name] : unsure();
  }
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(value: Json, type: Json): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isMap(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
    default:
      return unsure();
  }
}

function isSame(value: Json, other: Json): boolean {
  return typeof other === 'object' && other !== null ? unsure() : value === other;
}

function isWithin(
  keyword: 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum',
  value: number,
  limit: number,
): boolean {
  switch (keyword) {
    case 'minimum':
      return value >= limit;
    case 'maximum':
      return value <= limit;
    case 'exclusiveMinimum':
      return value > limit;
    case 'exclusiveMaximum':
      return value < limit;
  }
}

function limitOf(says: Json): number {
  return typeof says === 'number' ? says : unsure();
}

function patternOf(says: Json): RegExp {
  const text = typeof says === 'string' ? says : unsure();
  const known = patterns.get(text);
  if (known) return known;
  const pattern = patternIn(text) ?? unsure();
  patterns.set(text, pattern);
  return pattern;
}

/** Undefined for a text that is no pattern. */
export function patternIn(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'u');
  } catch {
    return undefined;
  }
}

function unsure(): never {
  throw new Unsure();
}
