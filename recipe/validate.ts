import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { display, kindOf } from './functions.js';
import type { Json } from './json.js';
import type { Path } from './source.js';
import { didYouMean, listed, suggest } from './suggest.js';

/** A finding of a JSON Schema, in our words. */
export interface Violation {
  readonly code: string;
  readonly path: Path;
  /** The finding is about the key at the end of the path, not the value. */
  readonly key: boolean;
  readonly message: string;
  readonly suggestion?: string;
}

const ajv = new Ajv2020({ allErrors: true, strict: false, useDefaults: true, verbose: true });
const compiled = new WeakMap<object, ValidateFunction>();
/** Schemas of params are made anew for every cell of a matrix; compiling is what takes time. */
const compiledByText = new Map<string, ValidateFunction>();

/** Validates, filling in defaults in place. `what` begins the messages about the value itself. */
export function validateSchema(schema: object, value: Json, what: string): Violation[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    // Without its $id, so that a schema object that is compiled twice does not clash with itself.
    const { $id: _id, ...rest } = schema as { $id?: unknown };
    const text = JSON.stringify(rest);
    validate = compiledByText.get(text) ?? ajv.compile(rest);
    compiledByText.set(text, validate);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(
    (error) => !['if', 'anyOf', 'oneOf', 'not'].includes(error.keyword) || (validate.errors ?? []).length === 1,
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
      };
    }
    case 'type':
      return {
        code: 'wrong-type',
        path,
        key: false,
        message: `${capital(name)} is ${kindOf(value)}, ${shown(value)}; it takes ${[params.type].flat().map(String).join(' or ')}.`,
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

function shown(value: Json): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `\`${text.slice(0, 57)}...\`` : `\`${text}\``;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
