import { type Expression, type Operator, parseExpression } from '../syntax/expression.js';
import { UserError } from '../errors.js';
import { functionOf, sameValue } from './functions.js';
import type { Json } from '../json.js';
import { own } from '../merge.js';

/** What comes of asking about a value that is not there. */
export const unknown = Symbol('unknown');
export type Known = Json | typeof unknown;

/**
 * Compiles a bare predicate over `item`, such as `item.turns <= 50 && item.class == 'resolved'`.
 *
 * A value that is missing or null is unknown, and so is what is made of it (three-valued logic): an unlabelled item neither
 * passes `item.turns <= 50` nor `!(item.turns <= 50)`. Unknown at the end is false. Nothing is coerced and case counts.
 * @throws UserError `invalid-predicate` where the text is no expression.
 */
export function compilePredicate(text: string): (item: unknown) => boolean {
  let expression: Expression;
  try {
    expression = parseExpression(text);
  } catch (error) {
    throw new UserError(
      'invalid-predicate',
      `\`${text}\` is no predicate: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return (item) => evaluateKnown(expression, { item: item as Json }) === true;
}

/** Evaluates in three-valued logic, over named roots. Whether an operator fits its operands is checked: else it is unknown. */
export function evaluateKnown(expression: Expression, roots: Readonly<Record<string, Json>>): Known {
  switch (expression.type) {
    case 'literal':
      return expression.value;
    case 'name':
      return known(own(roots, expression.name));
    case 'index':
      return member(expression, roots);
    case 'call': {
      const args = expression.args.map((arg) => evaluateKnown(arg, roots));
      if (args.some((arg) => arg === unknown)) return unknown;
      const call = functionOf(expression.name);
      try {
        return call === undefined ? unknown : call(args as Json[]);
      } catch {
        return unknown;
      }
    }
    case 'not': {
      const value = evaluateKnown(expression.of, roots);
      return typeof value === 'boolean' ? !value : unknown;
    }
    case 'compare':
      return compare(
        expression.operator,
        evaluateKnown(expression.left, roots),
        evaluateKnown(expression.right, roots),
      );
    case 'and':
      return connect(expression.args, roots, false);
    case 'or':
      return connect(expression.args, roots, true);
  }
}

/** `deciding` is the value that settles it: false for and, true for or. */
function connect(args: readonly Expression[], roots: Readonly<Record<string, Json>>, deciding: boolean): Known {
  let result: Known = !deciding;
  for (const arg of args) {
    const value = evaluateKnown(arg, roots);
    if (value === deciding) return deciding;
    if (typeof value !== 'boolean') result = unknown;
  }
  return result;
}

function member(expression: Expression & { type: 'index' }, roots: Readonly<Record<string, Json>>): Known {
  const of = evaluateKnown(expression.of, roots);
  if (of === unknown || of === null || typeof of !== 'object' || expression.index === '*') return unknown;
  const index = evaluateKnown(expression.index, roots);
  if (Array.isArray(of)) return typeof index === 'number' ? known(of[index]) : unknown;
  return typeof index === 'string' && Object.hasOwn(of, index) ? known(of[index]) : unknown;
}

function known(value: Json | undefined): Known {
  return value === undefined || value === null ? unknown : value;
}

function compare(operator: Operator, left: Known, right: Known): Known {
  if (left === unknown || right === unknown || left === null || right === null) return unknown;
  if (operator === '==') return sameValue(left, right);
  if (operator === '!=') return !sameValue(left, right);
  return ordered(operator, left, right) ?? unknown;
}

/** Numbers with numbers, strings with strings (by code units); undefined for anything else. */
export function ordered(operator: '<' | '<=' | '>' | '>=', left: Json, right: Json): boolean | undefined {
  const fits =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string');
  if (!fits) return undefined;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}
