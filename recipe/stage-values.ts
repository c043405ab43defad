import type { ActivityDeclaration } from './declaration.js';
import { type Scope, evaluate } from './evaluate.js';
import { ExpressionProblem, parseExpression } from './expression.js';
import type { Json, JsonObject } from './json.js';
import { isObject, own } from './merge.js';
import type { Group, StageEntry } from './planner.js';
import type { Place } from './source.js';
import { reportProblem, resolveTemplates, wholeExpression } from './template.js';
import { reportViolation } from './unquoted.js';
import { validateSchema } from './validate.js';
import { Broken, type Value, describeHandle, plainValue } from './values.js';
import { compileWhere } from './where.js';

/** `with:` of a stage, with the activity's defaults. Undefined where something is wrong, which is reported. */
export function readWith(
  group: Group,
  stage: StageEntry,
  declaration: ActivityDeclaration,
  kinds: Record<string, string>,
  scope: Scope,
  at: (...path: (string | number)[]) => Place,
): JsonObject | undefined {
  const { reporter } = group.planner.options;
  const values: JsonObject = {};
  let failed = false;
  for (const [name, raw] of Object.entries(isObject(stage.raw.with) ? stage.raw.with : {})) {
    const place = at('with', name);
    const predicate = declaration.predicates && own(declaration.predicates, name);
    const value =
      predicate === undefined
        ? plain(resolveTemplates(raw, scope, reporter, place), name, place)
        : where(raw, name, kinds[predicate] ?? predicate, place);
    if (value === undefined) failed = true;
    else values[name] = value;
  }
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
        { ...at('with', ...violation.path), key: true },
        'unknown-key',
        `${String(violation.path[0])} is an artifact: put it under \`inputs\`.`,
      );
    } else {
      reportViolation(reporter, at('with', ...violation.path), violation);
    }
    failed = true;
  }
  return failed ? undefined : values;

  function plain(value: Value, name: string, place: Place): Json | undefined {
    const result = plainValue(value);
    if ('json' in result) return result.json;
    if (!(result.handle instanceof Broken)) {
      reporter.error(
        place,
        'artifact-in-with',
        `\`${name}\` is ${describeHandle(result.handle)}: artifacts, files and models belong under \`inputs\`, \`with\` takes values.`,
      );
    }
    return undefined;
  }

  /** Bare, or the whole of one `${{ }}` that yields the text of a predicate. */
  function where(raw: Json, name: string, kind: string, place: Place): Json | undefined {
    if (raw === null) return null;
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
}
