import { copyOf } from '../copy.js';
import type { Json, JsonObject } from '../json.js';
import type { Param } from './param.js';
import type { Reporter } from '../syntax/reporter.js';
import { reportViolation } from '../schema/unquoted.js';
import { schemaProblem, validateSchema } from '../schema/validate.js';

/** Types of our own: to JSON Schema a model is an object, the others are text. */
const special = ['file', 'model', 'predicate'];

/** Holds a value against its declaration, and fills in the defaults of an activity's schema. */
export function checkParam(param: Param, schemas: (name: string) => object | undefined, reporter: Reporter): void {
  const { declaration, declared, name } = param;
  if (containsExpression(param.value)) {
    reporter.error(
      param.place,
      'expression-in-param',
      `Param \`${name}\` holds an expression; params are plain values. Put the expression where the param is used.`,
    );
    return;
  }
  let schema: object;
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
    // An activity's is right.
    schema = found;
  } else {
    const own = declaredBy(declaration);
    if (own.problem !== undefined && declaration.schema === undefined) {
      param.broken = true;
      reporter.error(
        declared,
        'invalid-param',
        `The declaration of param \`${name}\` is no JSON Schema: ${own.problem}.`,
      );
      return;
    }
    schema = own.schema;
  }
  const value = copyOf(param.value);
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

interface Declared {
  readonly schema: object;
  /** Why it is none. */
  readonly problem: string | undefined;
}

const known = new WeakMap<JsonObject, Declared>();

/** A param is looked at in every cell that sets it, by the same declaration. */
function declaredBy(declaration: JsonObject): Declared {
  const before = known.get(declaration);
  if (before !== undefined) return before;
  const schema = schemaOf(declaration);
  const declared = { schema, problem: schemaProblem(schema) };
  known.set(declaration, declared);
  return declared;
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

function containsExpression(value: Json): boolean {
  if (typeof value === 'string') return value.includes('${{');
  return value !== null && typeof value === 'object' && Object.values(value).some(containsExpression);
}
