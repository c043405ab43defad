import { UserError } from '../errors.js';
import { type Expression, parseExpression } from '../syntax/expression.js';
import type { JsonObject } from '../json.js';
import { evaluateKnown } from './predicate.js';

/**
 * Evaluates a stage's `expect` over its scalar outputs. A missing or null output is unknown, and what is not known to hold does
 * not hold: the stage goes on hold rather than on.
 * @throws UserError `invalid-expect` where the text is no expression.
 */
export function evaluateExpect(expression: string, outputs: JsonObject): boolean {
  let parsed: Expression;
  try {
    parsed = parseExpression(expression);
  } catch (error) {
    throw new UserError(
      'invalid-expect',
      `expect: \`${expression}\` is no expression: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return evaluateKnown(parsed, { outputs }) === true;
}
