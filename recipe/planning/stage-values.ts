import type { ActivityDeclaration } from '../declaration.js';
import type { NamedEntry } from '../syntax/entry.js';
import { type Scope, evaluate } from '../expressions/evaluate.js';
import { ExpressionProblem, parseExpression } from '../syntax/expression.js';
import type { Json, JsonObject } from '../json.js';
import { isObject, own } from '../merge.js';
import type { Group, StageEntry } from './planner.js';
import { surelyValid } from '../schema/quick-schema.js';
import type { Reporter } from '../syntax/reporter.js';
import {
  directTemplate,
  isConstant,
  reportProblem,
  resolveTemplates,
  wholeExpression,
} from '../expressions/template.js';
import { reportViolation } from '../schema/unquoted.js';
import { validateSchema } from '../schema/validate.js';
import { Broken, describeHandle, isHandle, plainValue } from '../expressions/values.js';
import { compileWhere } from '../expressions/where.js';

/** `with:` of a stage, with the activity's defaults. Undefined where something is wrong, which is reported. */
export function readWith(
  group: Group,
  stage: StageEntry,
  declaration: ActivityDeclaration,
  kinds: Record<string, string>,
  scope: Scope,
): JsonObject | undefined {
  const { reporter } = group.planner.options;
  const { entry } = stage;
  const given = isObject(stage.raw.with) ? stage.raw.with : {};
  const values: JsonObject = {};
  let failed = false;
  for (const name in given) {
    const raw = given[name] ?? null;
    const predicate = declaration.predicates && own(declaration.predicates, name);
    const value =
      predicate !== undefined
        ? readPredicate(raw, name, kinds[predicate] ?? predicate, scope, reporter, entry)
        : isConstant(raw)
          ? raw
          : readValue(raw, name, scope, reporter, entry);
    if (value === undefined) failed = true;
    else values[name] = value;
  }
  if (!failed && surelyValid(declaration.params, values)) return values;
  const violations =
    failed && Object.keys(values).length === 0
      ? []
      : validateSchema(declaration.params, values, `\`with\` of \`${declaration.name}\``);
  for (const violation of violations) {
    // What failed above is absent here, and told already.
    if (violation.code === 'missing-key' && failed) continue;
    if (
      violation.code === 'unknown-key' &&
      Object.hasOwn(declaration.inputs, String(violation.path[0])) &&
      violation.path.length === 1
    ) {
      reporter.error(
        { ...entry.at('with', ...violation.path), key: true },
        'unknown-key',
        `${String(violation.path[0])} is an artifact: put it under \`inputs\`.`,
      );
    } else {
      reportViolation(reporter, entry.at('with', ...violation.path), violation);
    }
    failed = true;
  }
  return failed ? undefined : values;
}

function readValue(raw: Json, name: string, scope: Scope, reporter: Reporter, entry: NamedEntry): Json | undefined {
  const value = directTemplate(raw, scope) ?? resolveTemplates(raw, scope, reporter, entry.at('with', name));
  const result = plainValue(value);
  if (!isHandle(result)) return result;
  if (!(result instanceof Broken)) {
    reporter.error(
      entry.at('with', name),
      'artifact-in-with',
      `\`${name}\` is ${describeHandle(result)}: artifacts, files and models belong under \`inputs\`, \`with\` takes values.`,
    );
  }
  return undefined;
}

/** Bare, or the whole of one `${{ }}` that yields the text of a predicate. */
function readPredicate(
  raw: Json,
  name: string,
  kind: string,
  scope: Scope,
  reporter: Reporter,
  entry: NamedEntry,
): Json | undefined {
  if (raw === null) return null;
  const place = entry.at('with', name);
  try {
    const whole = typeof raw === 'string' ? wholeExpression(raw) : undefined;
    const text = whole ? evaluate(parseExpression(whole.expression), scope) : raw;
    if (text === null) return null;
    if (typeof text === 'string') return compileWhere(text, kind, scope);
    reporter.error(place, 'wrong-type', `\`${name}\` takes a predicate over \`item\`, such as item.turns <= 50.`);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    reportProblem(error, reporter, place, 0);
  }
  return undefined;
}
