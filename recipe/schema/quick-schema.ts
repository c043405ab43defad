import { copyOf } from '../copy.js';
import type { Json, JsonObject } from '../json.js';

/** Whether a value holds; `fill`: defaults are filled in, which they are not below `if` and `anyOf`. */
type Check = (value: Json, fill: boolean) => boolean;

/** From so many times on that nothing could be said by a schema, the library is asked at once. */
const mostUnsure = 20;
const known = new WeakMap<object, { readonly check: Check; unsure: number }>();

/**
 * Whether a value is surely what a JSON Schema asks for, with its defaults filled in as the library does it. Most values are, and most
 * schemas say little: generating code for each of them, as the library does, takes longer than all the rest of a check. False means
 * nothing: ask the library.
 */
export function surelyValid(schema: object, value: Json): boolean {
  let own = known.get(schema);
  if (own === undefined) {
    own = { check: new Compiler(schema as JsonObject).check(schema as JsonObject), unsure: 0 };
    known.set(schema, own);
  }
  if (own.unsure >= mostUnsure) return false;
  try {
    return own.check(value, true);
  } catch (error) {
    if (!(error instanceof Unsure)) throw error;
    own.unsure += 1;
    return false;
  }
}

class Unsure extends Error {}

/** Says nothing about a value. */
const silent = new Set(['$schema', '$id', '$defs', 'title', 'description', 'default', 'examples', 'then', 'else']);
const memberKeywords = ['properties', 'additionalProperties', 'propertyNames', 'minProperties'];
const patterns = new Map<string, RegExp>();

/** Puts functions together, one for each keyword. */
class Compiler {
  /** By definition, as soon as it is needed: definitions may name each other. */
  readonly #definitions = new Map<string, Check>();

  constructor(readonly root: JsonObject) {}

  check(schema: Json | undefined): Check {
    if (typeof schema === 'boolean') return () => schema;
    if (!isMap(schema)) return unsure;
    const checks: Check[] = [];
    const defaults = defaultsIn(schema);
    if (defaults.length > 0) checks.push(filling(defaults));
    for (const keyword in schema) if (!silent.has(keyword)) checks.push(this.#keyword(keyword, schema));
    return all(checks);
  }

  #keyword(keyword: string, schema: JsonObject): Check {
    const says = schema[keyword] as Json;
    switch (keyword) {
      case '$ref':
        return this.#definition(says);
      case 'type':
        return ofType([says].flat());
      case 'const':
        return same(says);
      case 'enum':
        return Array.isArray(says) ? any(says.map(same)) : unsure;
      case 'minimum':
        return limit(says, (most) => (value) => typeof value !== 'number' || value >= most);
      case 'maximum':
        return limit(says, (most) => (value) => typeof value !== 'number' || value <= most);
      case 'exclusiveMinimum':
        return limit(says, (most) => (value) => typeof value !== 'number' || value > most);
      case 'exclusiveMaximum':
        return limit(says, (most) => (value) => typeof value !== 'number' || value < most);
      case 'minLength':
        return limit(says, (least) => (value) => typeof value !== 'string' || isLongAs(value, least));
      case 'maxLength':
        return limit(
          says,
          (most) => (value) => typeof value !== 'string' || value.length <= most || [...value].length <= most,
        );
      case 'pattern':
        return pattern(says);
      case 'minItems':
        return limit(says, (least) => (value) => !Array.isArray(value) || value.length >= least);
      case 'maxItems':
        return limit(says, (most) => (value) => !Array.isArray(value) || value.length <= most);
      case 'items': {
        const item = this.check(says);
        return (value, fill) => {
          if (Array.isArray(value)) for (const entry of value) if (!item(entry, fill)) return false;
          return true;
        };
      }
      case 'required':
        return Array.isArray(says) ? required(says.map(String)) : unsure;
      case 'properties':
      case 'additionalProperties':
      case 'propertyNames':
      case 'minProperties':
        // All that is asked of members is looked at in one go, with the first keyword of it.
        return keyword === memberKeywords.find((one) => schema[one] !== undefined) ? this.#members(schema) : () => true;
      case 'anyOf': {
        const branches = Array.isArray(says) ? says.map((branch) => this.check(branch)) : [unsure];
        return (value) => branches.some((branch) => branch(value, false));
      }
      case 'if': {
        const [condition, yes, no] = [says, schema['then'] ?? true, schema['else'] ?? true].map((one) =>
          this.check(one),
        ) as [Check, Check, Check];
        return (value) => (condition(value, false) ? yes : no)(value, false);
      }
      default:
        return unsure;
    }
  }

  /** Members of an object: those with a name of their own, and all others. */
  #members({
    properties = {},
    additionalProperties = true,
    propertyNames = true,
    minProperties = 0,
  }: JsonObject): Check {
    if (!isMap(properties) || typeof minProperties !== 'number') return unsure;
    // Each of them when it is first met: most are never said.
    const named = new Map<string, Check>();
    const make = (member: string): Check => {
      const check = this.check(properties[member]);
      named.set(member, check);
      return check;
    };
    const isOpen = Object.keys(properties).length === 0;
    let additional: Check | undefined;
    const name = propertyNames === true ? undefined : this.check(propertyNames);
    return (value, fill) => {
      if (!isMap(value)) return true;
      let members = 0;
      for (const member in value) {
        const own = isOpen
          ? undefined
          : (named.get(member) ?? (Object.hasOwn(properties, member) ? make(member) : undefined));
        const check = own ?? (additional ??= this.check(additionalProperties));
        if (!check(value[member] as Json, fill) || name?.(member, false) === false) return false;
        members += 1;
      }
      return members >= minProperties;
    };
  }

  #definition(reference: Json): Check {
    const name = /^#\/\$defs\/(\w+)$/.exec(String(reference))?.[1];
    const { $defs } = this.root;
    if (name === undefined || !isMap($defs) || !Object.hasOwn($defs, name)) return unsure;
    return (value, fill) => {
      let check = this.#definitions.get(name);
      if (check === undefined) {
        check = this.check($defs[name]);
        this.#definitions.set(name, check);
      }
      return check(value, fill);
    };
  }
}

function all(checks: readonly Check[]): Check {
  const [first, ...others] = checks;
  if (first === undefined) return () => true;
  if (others.length === 0) return first;
  const rest = all(others);
  return (value, fill) => first(value, fill) && rest(value, fill);
}

function any(checks: readonly Check[]): Check {
  const [first, ...others] = checks;
  if (first === undefined) return () => false;
  const rest = any(others);
  return (value, fill) => first(value, fill) || rest(value, fill);
}

type Default = readonly [name: string, value: Json];

function defaultsIn({ properties }: JsonObject): Default[] {
  if (!isMap(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) =>
    isMap(property) && property['default'] !== undefined ? [[name, property['default']] as const] : [],
  );
}

function filling(defaults: readonly Default[]): Check {
  return (value, fill) => {
    if (!isMap(value)) return true;
    for (const [name, given] of defaults) {
      if (value[name] !== undefined) continue;
      if (!fill) unsure();
      value[name] = copyOf(given);
    }
    return true;
  };
}

/** In characters, of which each is one unit of the text or two. */
function isLongAs(text: string, least: number): boolean {
  return text.length >= 2 * least || (text.length >= least && [...text].length >= least);
}

function required(names: readonly string[]): Check {
  return (value) => {
    if (isMap(value)) for (const name of names) if (value[name] === undefined) return false;
    return true;
  };
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value is of one type, a whole number of two. */
const types = new Map<Json, number>([
  ['null', 1],
  ['boolean', 2],
  ['string', 4],
  ['integer', 8],
  ['number', 24],
  ['array', 32],
  ['object', 64],
]);

function ofType(allowed: readonly Json[]): Check {
  let mask = 0;
  for (const type of allowed) {
    const own = types.get(type);
    if (own === undefined) return unsure;
    mask |= own;
  }
  return (value) => (typeOf(value) & mask) !== 0;
}

function typeOf(value: Json): number {
  switch (typeof value) {
    case 'string':
      return 4;
    case 'number':
      return Number.isInteger(value) ? 8 : Number.isFinite(value) ? 16 : 0;
    case 'boolean':
      return 2;
    default:
      return value === null ? 1 : Array.isArray(value) ? 32 : 64;
  }
}

function same(other: Json): Check {
  return typeof other === 'object' && other !== null ? unsure : (value) => value === other;
}

function limit(says: Json, check: (limit: number) => Check): Check {
  return typeof says === 'number' ? check(says) : unsure;
}

function pattern(says: Json): Check {
  if (typeof says !== 'string') return unsure;
  const pattern = patterns.get(says) ?? patternIn(says);
  if (pattern === undefined) return unsure;
  patterns.set(says, pattern);
  return (value) => typeof value !== 'string' || pattern.test(value);
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
