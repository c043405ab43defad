import type { ActivityDeclaration } from '../declaration.js';
import { type Scope, evaluate } from '../expressions/evaluate.js';
import { type Expression, ExpressionProblem, parseExpression, printExpression } from '../syntax/expression.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { didYouMean, listed, suggest } from '../suggest.js';
import { reportProblem, wholeExpression } from '../expressions/template.js';
import { isHandle, isObject } from '../expressions/values.js';

/** Checks an `expect` and writes the values of params into it: what is left speaks of `outputs` only. */
export function checkExpect(
  text: string,
  declaration: ActivityDeclaration,
  scope: Scope,
  reporter: Reporter,
  place: Place,
): string | undefined {
  const whole = wholeExpression(text);
  try {
    return printExpression(inline(parseExpression(whole?.expression ?? text), declaration, scope));
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    reportProblem(error, reporter, place, whole?.offset ?? 0);
    return undefined;
  }
}

function inline(expression: Expression, declaration: ActivityDeclaration, scope: Scope): Expression {
  const step = (inner: Expression): Expression => inline(inner, declaration, scope);
  switch (expression.type) {
    case 'literal':
      return expression;
    case 'name':
      if (expression.name === 'outputs') return expression;
      return value(expression);
    case 'index': {
      if (expression.of.type !== 'name' || expression.of.name !== 'outputs') {
        return beginsWith(expression, 'outputs') ? { ...expression, of: step(expression.of) } : value(expression);
      }
      const name =
        expression.index !== '*' && expression.index.type === 'literal' ? String(expression.index.value) : undefined;
      const scalars = declaration.scalars;
      if (name !== undefined && scalars && !scalars.includes(name)) {
        const meant = suggest(name, scalars);
        const hint =
          didYouMean(meant) ||
          (Object.hasOwn(declaration.outputs, name) ? ' (it is an artifact)' : ` (it has ${listed(scalars)})`);
        throw new ExpressionProblem(
          'unknown-scalar',
          `\`${declaration.name}\` has no scalar output \`${name}\`${hint}`,
          expression.at,
          meant,
        );
      }
      return expression;
    }
    case 'not':
      return { ...expression, of: step(expression.of) };
    case 'compare':
      return { ...expression, left: step(expression.left), right: step(expression.right) };
    case 'call':
    case 'and':
    case 'or':
      return { ...expression, args: expression.args.map(step) };
  }

  function value(inner: Expression): Expression {
    const found = evaluate(inner, scope);
    if (found !== null && (isHandle(found) || isObject(found) || Array.isArray(found))) {
      throw new ExpressionProblem(
        'value-needed',
        `\`${printExpression(inner)}\` is no single value: \`expect\` speaks of \`outputs\` and of params`,
        inner.at,
      );
    }
    return { type: 'literal', value: found, at: inner.at };
  }
}

function beginsWith(expression: Expression, name: string): boolean {
  if (expression.type === 'name') return expression.name === name;
  return expression.type === 'index' && beginsWith(expression.of, name);
}
