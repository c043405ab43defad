import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { CompiledSchemas } from './compiled-schemas.js';
import type { ErrorCode } from '../diagnostics/diagnostic-codes.js';
import { display, kindOf } from '../expressions/functions.js';
import type { Json, JsonObject } from '../json.js';
import { isObject } from '../merge.js';
import { patternIn, surelyValid } from './quick-schema.js';
import type { Path } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** A finding of a JSON Schema, in our words. */
export interface Violation {
  readonly code: ErrorCode;
  readonly path: Path;
  /** The finding is about the key at the end of the path, not the value. */
  readonly key: boolean;
  readonly message: string;
  readonly suggestion?: string;
  /** Whether this text would be taken, had it been text. */
  readonly takes?: (text: string) => boolean;
}

// Our own schemas are right, and those of recipes are looked at below; both, and code that runs a little faster, take more time than a check.
const options = {
  strict: false,
  useDefaults: true,
  logger: false,
  validateSchema: false,
  code: { optimize: false },
} as const;
/** Says yes or no; most values are right, and its code is a third of that which says what is wrong. */
const brief = new CompiledSchemas(new Ajv2020({ ...options, messages: false, meta: false }));
const telling = new CompiledSchemas(new Ajv2020({ ...options, allErrors: true, verbose: true }));

/** Why a schema that a recipe declares is none; undefined where it is one. */
export function schemaProblem(schema: object): string | undefined {
  try {
    if (isPlain(schema as JsonObject)) return undefined;
    const { ajv } = telling;
    if (ajv.validateSchema(schema) !== true) return ajv.errorsText(ajv.errors);
    telling.of(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const types = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

/** What most declarations are: a type and a few limits. All others are held against the schema of schemas, which takes long to load. */
function isPlain(schema: JsonObject): boolean {
  return Object.entries(schema).every(([keyword, value]) => {
    switch (keyword) {
      case 'type':
        return Array.isArray(value)
          ? value.length > 0 &&
              new Set(value).size === value.length &&
              value.every((type) => types.includes(String(type)))
          : types.includes(String(value));
      case 'enum':
        return Array.isArray(value) && value.length > 0 && new Set(value).size === value.length;
      case 'minimum':
      case 'maximum':
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        return typeof value === 'number';
      case 'minLength':
      case 'maxLength':
      case 'minItems':
      case 'maxItems':
        return Number.isInteger(value) && Number(value) >= 0;
      case 'additionalProperties':
      case 'uniqueItems':
        return typeof value === 'boolean';
      case 'pattern':
        return typeof value === 'string' && patternIn(value) !== undefined;
      case 'title':
        return typeof value === 'string';
      case 'required':
        return (
          Array.isArray(value) &&
          new Set(value).size === value.length &&
          value.every((name) => typeof name === 'string')
        );
      case 'items':
        return isObject(value) && isPlain(value);
      case 'properties':
        return isObject(value) && Object.values(value).every((entry) => isObject(entry) && isPlain(entry));
      default:
        return keyword === 'const' || keyword === 'default';
    }
  });
}

/** Validates, filling in defaults in place. `what` begins the messages about the value itself. */
export function validateSchema(schema: object, value: Json, what: string): Violation[] {
  if (surelyValid(schema, value) || brief.of(schema)(value)) return [];
  const validate = telling.of(schema);
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(
    (error) =>
      !['if', 'anyOf', 'oneOf', 'not', 'propertyNames'].includes(error.keyword) || (validate.errors ?? []).length === 1,
  );
  // Where alternatives failed, one sentence on the deepest place is enough.
  const seen = new Set<string>();
  return errors.flatMap((error) => {
    const violation = describe(error, what);
    const key = `${violation.path.join('/')} ${violation.key ? violation.message : ''}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [violation];
  });
}

function describe(error: ErrorObject, what: string): Violation {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const name = path.length === 0 ? what : `\`${path.join('.')}\``;
  const value = error.data as Json;
  const params = error.params as Record<string, unknown>;
  if (error.propertyName !== undefined)
    return {
      code: 'invalid-name',
      path: [...path, error.propertyName],
      key: true,
      message: `\`${error.propertyName}\` cannot be a name: names are letters, digits, \`_\` and \`-\`, and begin with a letter or \`_\`.`,
    };
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const given = String(params.additionalProperty ?? params.unevaluatedProperty);
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
      const meant = suggest(given, known);
      const message = `${path.length === 0 ? capital(what) : capital(name)} has no \`${given}\`${didYouMean(meant) || `; it takes ${listed(known, 24)}.`}`;
      return {
        code: 'unknown-key',
        path: [...path, given],
        key: true,
        message,
        ...(meant === undefined ? {} : { suggestion: meant }),
      };
    }
    case 'required':
      return {
        code: 'missing-key',
        path,
        key: false,
        message: `${capital(name)} lacks \`${String(params.missingProperty)}\`.`,
      };
    case 'enum':
    case 'const': {
      const allowed = ((params.allowedValues as Json[] | undefined) ?? [params.allowedValue as Json]).map(
        (entry) => display(entry) || 'null',
      );
      const meant = typeof value === 'string' ? suggest(value, allowed) : undefined;
      const message = `${capital(name)} is ${shown(value)}${didYouMean(meant) || `; it takes ${listed(allowed, 24)}.`}`;
      return {
        code: 'invalid-value',
        path,
        key: false,
        message,
        ...(meant === undefined ? {} : { suggestion: meant }),
        takes: (text) => allowed.includes(text),
      };
    }
    case 'type':
      return {
        code: 'wrong-type',
        path,
        key: false,
        message: `${capital(name)} is ${kindOf(value)}, ${shown(value)}; it takes ${[params.type].flat().map(typeWord).join(' or ')}.`,
        takes: () => [params.type].flat().includes('string'),
      };
    default:
      return {
        code: 'invalid-value',
        path,
        key: false,
        message: `${capital(name)} is ${shown(value)}; it ${error.message ?? 'is invalid'}.`,
      };
  }
}

/** A JSON Schema type in the words of `kindOf`. */
function typeWord(type: unknown): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'integer':
      return 'a whole number';
    case 'null':
      return 'null';
    default:
      return `a ${String(type)}`;
  }
}

function shown(value: Json): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `\`${text.slice(0, 57)}...\`` : `\`${text}\``;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
