import { type Scope, evaluate } from './evaluate.js';
import { type Expression, ExpressionProblem, parseExpression, printExpression } from '../syntax/expression.js';
import { display, functionOf } from './functions.js';
import type { Json } from '../json.js';
import { own } from '../merge.js';
import { type RecordSchema, recordSchema } from './record-schemas.js';
import { didYouMean, listed, suggest } from '../suggest.js';
import { Broken, describeHandle, isHandle, plainValue } from './values.js';

/**
 * Makes a `where` self-contained: all that does not depend on `item` is evaluated and written in as literals; all that does is
 * checked against the record's schema.
 * @throws ExpressionProblem
 */
export function compileWhere(text: string, kind: string, scope: Scope): string {
  const expression = parseExpression(text);
  const schema = recordSchema(kind);
  const result = fold(expression, scope, kind, schema);
  const type = typeOf(result, schema);
  if (type !== undefined && !type.includes('boolean')) {
    throw new ExpressionProblem(
      'predicate-not-boolean',
      `\`${text}\` is ${type.join(' or ')}, not true or false`,
      expression.at,
    );
  }
  return printExpression(result);
}

function fold(expression: Expression, scope: Scope, kind: string, schema: RecordSchema | undefined): Expression {
  if (!mentionsItem(expression)) return inline(expression, scope);
  const step = (inner: Expression): Expression => fold(inner, scope, kind, schema);
  switch (expression.type) {
    case 'literal':
    case 'name':
      return expression;
    case 'index': {
      const folded = {
        ...expression,
        of: step(expression.of),
        index: expression.index === '*' ? expression.index : step(expression.index),
      } as const;
      checkProperty(folded, kind, schema);
      return folded;
    }
    case 'call': {
      if (functionOf(expression.name) === undefined) {
        throw new ExpressionProblem('unknown-function', `there is no function \`${expression.name}\``, expression.at);
      }
      const args = expression.args.map(step);
      checkContains(expression, args, schema);
      return { ...expression, args };
    }
    case 'not':
      return { ...expression, of: step(expression.of) };
    case 'and':
    case 'or':
      return { ...expression, args: expression.args.map(step) };
    case 'compare': {
      const folded = { ...expression, left: step(expression.left), right: step(expression.right) };
      checkComparison(folded, schema);
      return folded;
    }
  }
}

function mentionsItem(expression: Expression): boolean {
  switch (expression.type) {
    case 'literal':
      return false;
    case 'name':
      return expression.name === 'item';
    case 'index':
      return mentionsItem(expression.of) || (expression.index !== '*' && mentionsItem(expression.index));
    case 'not':
      return mentionsItem(expression.of);
    case 'compare':
      return mentionsItem(expression.left) || mentionsItem(expression.right);
    case 'call':
    case 'and':
    case 'or':
      return expression.args.some(mentionsItem);
  }
}

function inline(expression: Expression, scope: Scope): Expression {
  const plain = plainValue(evaluate(expression, scope));
  const { at } = expression;
  if (isHandle(plain)) {
    const message =
      plain instanceof Broken
        ? 'it refers to something with errors'
        : `\`${printExpression(expression)}\` is ${describeHandle(plain)}: a predicate takes values`;
    throw new ExpressionProblem('value-needed', message, at);
  }
  if (plain === null || typeof plain !== 'object') return { type: 'literal', value: plain, at };
  return { type: 'call', name: 'fromJSON', args: [{ type: 'literal', value: JSON.stringify(plain), at }], at };
}

/** The schema of `item`, `item.turns`, `item.focus.file`; undefined where nothing is known. */
function schemaOf(expression: Expression, schema: RecordSchema | undefined): RecordSchema | undefined {
  if (expression.type === 'name') return expression.name === 'item' ? schema : undefined;
  if (expression.type !== 'index' || expression.index === '*' || expression.index.type !== 'literal') return undefined;
  const properties = schemaOf(expression.of, schema)?.properties;
  return properties && own(properties, String(expression.index.value));
}

function checkProperty(
  expression: Expression & { type: 'index' },
  kind: string,
  schema: RecordSchema | undefined,
): void {
  const of = schemaOf(expression.of, schema);
  if (of?.properties === undefined || of.additionalProperties !== false) return;
  if (expression.index === '*' || expression.index.type !== 'literal') return;
  const name = String(expression.index.value);
  if (Object.hasOwn(of.properties, name)) return;
  const names = Object.keys(of.properties);
  const meant = suggest(name, names);
  const what = expression.of.type === 'name' ? `an item of ${kind}` : `\`${printExpression(expression.of)}\``;
  throw new ExpressionProblem(
    'unknown-property',
    `${what} has no \`${name}\`${didYouMean(meant) || ` (it has ${listed(names, 30)})`}`,
    expression.index.at,
    meant,
  );
}

function typeOf(expression: Expression, schema: RecordSchema | undefined): readonly string[] | undefined {
  switch (expression.type) {
    case 'literal':
      return [expression.value === null ? 'null' : typeof expression.value];
    case 'not':
    case 'compare':
    case 'and':
    case 'or':
      return ['boolean'];
    case 'call':
      return ['contains', 'startswith', 'endswith'].includes(expression.name.toLowerCase()) ? ['boolean'] : undefined;
    case 'name':
    case 'index': {
      const found = schemaOf(expression, schema);
      if (found === undefined) return undefined;
      if (found.enum) return [...new Set(found.enum.map((value) => typeof value))];
      const types = typeof found.type === 'string' ? [found.type] : found.type;
      return types?.map((type) => (type === 'integer' ? 'number' : type));
    }
  }
}

function checkComparison(expression: Expression & { type: 'compare' }, schema: RecordSchema | undefined): void {
  const sides = [expression.left, expression.right] as const;
  const nothing = sides.find((side) => side.type === 'literal' && side.value === null);
  if (nothing) {
    throw new ExpressionProblem(
      'null-comparison',
      `\`${printExpression(expression)}\` compares with null: an item whose value is missing never passes a comparison, so this says nothing`,
      expression.at,
    );
  }
  const types = sides.map((side) => typeOf(side, schema)?.filter((type) => type !== 'null'));
  const [left, right] = types;
  if (left && right && !left.some((type) => right.includes(type))) {
    throw new ExpressionProblem(
      'incomparable',
      `\`${printExpression(expression)}\` compares ${left.join(' or ')} with ${right.join(' or ')}: it never holds`,
      expression.at,
    );
  }
  const ordering = expression.operator !== '==' && expression.operator !== '!=';
  const odd = ordering
    ? [left, right].find((side) => side && !side.some((type) => type === 'number' || type === 'string'))
    : undefined;
  if (odd)
    throw new ExpressionProblem(
      'incomparable',
      `\`${printExpression(expression)}\`: ${odd.join(' or ')} has no order`,
      expression.at,
    );
  if (ordering) return;
  for (const [side, other] of [sides, [expression.right, expression.left] as const]) {
    if (other.type === 'literal') checkEnum(other.value, other, schemaOf(side, schema), printExpression(side));
  }
}

function checkContains(
  expression: Expression & { type: 'call' },
  args: readonly Expression[],
  schema: RecordSchema | undefined,
): void {
  const [list, what] = args;
  if (expression.name.toLowerCase() !== 'contains' || list === undefined || what === undefined) return;
  // What was written in as a literal, see `inline`.
  const literal =
    list.type === 'call' && list.name === 'fromJSON' && list.args[0]?.type === 'literal' ? list.args[0] : undefined;
  const values = literal === undefined ? undefined : parsedJson(String(literal.value));
  if (!Array.isArray(values)) return;
  for (const value of values) checkEnum(value, list, schemaOf(what, schema), printExpression(what));
}

function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function checkEnum(value: Json, at: Expression, schema: RecordSchema | undefined, name: string): void {
  if (schema?.enum === undefined || schema.enum.includes(value)) return;
  const names = schema.enum.map(String);
  const meant = suggest(display(value), names);
  throw new ExpressionProblem(
    'never-equal',
    `\`${name}\` is never \`${display(value)}\`${didYouMean(meant) || ` (it is one of ${listed(names)})`}`,
    at.at,
    meant,
  );
}
