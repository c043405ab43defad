import type { ErrorCode } from '../diagnostics/diagnostic-codes.js';
import { type Expression, ExpressionProblem, FUNCTIONS, printExpression } from '../syntax/expression.js';
import { functionOf, kindOf, sameValue } from './functions.js';
import type { Json } from '../json.js';
import { ordered } from './predicate.js';
import { didYouMean, listed, suggest } from '../suggest.js';
import {
  Artifact,
  Broken,
  Every,
  Instance,
  Instances,
  Lazy,
  ModelValue,
  Pruned,
  type Value,
  broken,
  describeHandle,
  isHandle,
  isObject,
  plainValue,
} from './values.js';

/** Names that an expression may begin with. */
export interface Scope {
  names(): readonly string[];
  lookup(name: string): Value | undefined;
}

/**
 * Evaluates at plan time. As in GitHub Actions `||` and `&&` yield one of their operands and are lazy, and a member of null is
 * null; unlike there, nothing is coerced, case counts, and an unknown name or member is an error.
 * @throws ExpressionProblem
 */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.type) {
    case 'literal':
      return expression.value;
    case 'name': {
      const value = scope.lookup(expression.name);
      if (value !== undefined) return value;
      const meant = suggest(expression.name, scope.names());
      throw new ExpressionProblem(
        'unknown-name',
        `there is no \`${expression.name}\` here${didYouMean(meant) || ` (there are ${listed(scope.names())})`}`,
        expression.at,
        meant,
      );
    }
    case 'index':
      return indexed(expression, scope);
    case 'call':
      return called(expression, scope);
    case 'not':
      return !truthy(evaluate(expression.of, scope));
    case 'compare':
      return compared(expression, scope);
    case 'and':
    case 'or': {
      let value: Value = null;
      for (const arg of expression.args) {
        value = evaluate(arg, scope);
        if (value instanceof Broken) return value;
        if (truthy(value) === (expression.type === 'or')) return value;
      }
      return value;
    }
  }
}

export function truthy(value: Value): boolean {
  return !(value === null || value === false || value === 0 || value === '' || value instanceof Pruned);
}

function indexed(expression: Expression & { type: 'index' }, scope: Scope): Value {
  const of = evaluate(expression.of, scope);
  if (of === null || of instanceof Pruned || of instanceof Broken) return of;
  if (of instanceof Instances) return instanceOf(of, expression, scope);
  if (expression.index === '*') {
    if (Array.isArray(of)) return of;
    throw new ExpressionProblem(
      'not-a-list',
      `\`${printExpression(expression.of)}\` is ${of instanceof Instance ? 'a stage without `foreach`' : named(of)}: only a foreach stage or a list takes \`[*]\``,
      expression.at,
    );
  }
  const index = evaluate(expression.index, scope);
  const name = typeof index === 'number' ? String(index) : index;
  if (typeof name !== 'string')
    throw new ExpressionProblem(
      'invalid-index',
      `an index is a name or a number, not ${named(index)}`,
      expression.index.at,
    );
  return member(of, name, expression);
}

function member(of: Value, name: string, expression: Expression & { type: 'index' }): Value {
  const at = expression.index === '*' ? expression.at : expression.index.at;
  const missing = (code: ErrorCode, what: string, names: readonly string[]): never => {
    const meant = suggest(name, names);
    throw new ExpressionProblem(
      code,
      `${what} has no \`${name}\`${didYouMean(meant) || ` (it has ${listed(names)})`}`,
      at,
      meant,
    );
  };
  if (of instanceof Lazy) {
    const value = of.get(name);
    return value === undefined ? missing('unknown-name', describeHandle(of), of.names()) : value;
  }
  if (of instanceof Instance) {
    if (of.names.includes(name)) return of.output(name);
    if (name === 'outputs') return of;
    return missing('unknown-output', describeHandle(of), of.names);
  }
  if (of instanceof Every) {
    if (name === 'outputs') return of;
    return everyOutput(of, name, missing);
  }
  if (Array.isArray(of)) {
    if (/^\d+$/.test(name)) return of[Number(name)] ?? null;
    throw new ExpressionProblem(
      'invalid-index',
      `\`${printExpression(expression.of)}\` is a list: it takes a position, such as [0], not \`${name}\``,
      at,
    );
  }
  if (isObject(of)) {
    return Object.hasOwn(of, name)
      ? (of[name] ?? null)
      : missing('unknown-property', `\`${printExpression(expression.of)}\``, Object.keys(of));
  }
  throw new ExpressionProblem(
    'no-members',
    `\`${printExpression(expression.of)}\` is ${named(of)}: it has no \`${name}\``,
    at,
  );
}

function everyOutput(
  of: Every,
  name: string,
  missing: (code: ErrorCode, what: string, names: readonly string[]) => never,
): Value {
  const values: Value[] = [];
  for (const instance of of.of.byKey.values()) {
    if (instance instanceof Broken) return broken;
    if (instance instanceof Pruned) continue;
    values.push(
      instance.names.includes(name)
        ? instance.output(name)
        : missing('unknown-output', describeHandle(instance), instance.names),
    );
  }
  const artifacts = values.filter((value) => value instanceof Artifact);
  if (artifacts.length === values.length && artifacts[0])
    return new Artifact(
      artifacts[0].kind,
      artifacts.flatMap((artifact) => artifact.refs),
    );
  return values;
}

/** `stage[key]`, `stage[last]`, `stage[*]`, `stage[foreach.key]`, `stage.key`. */
function instanceOf(of: Instances, expression: Expression & { type: 'index' }, scope: Scope): Value {
  if (expression.index === '*') return new Every(of);
  const { index } = expression;
  const keys = (): string[] => [...of.byKey.keys()];
  const bare = index.type === 'name' ? index.name : undefined;
  if (bare !== undefined && of.byKey.has(bare)) return of.byKey.get(bare) ?? null;
  if (bare === 'last') {
    const last = keys().at(-1);
    return last === undefined ? new Pruned(of.id, 0, 'its foreach is empty') : (of.byKey.get(last) ?? null);
  }
  const value = bare !== undefined && scope.lookup(bare) === undefined ? bare : evaluate(index, scope);
  const key = typeof value === 'number' ? String(value) : value;
  if (key === 'outputs' && !of.byKey.has('outputs')) return of;
  if (typeof key === 'string' && of.byKey.has(key)) return of.byKey.get(key) ?? null;
  const first = [...of.byKey.values()].find((instance) => instance instanceof Instance);
  if (typeof key === 'string' && first?.names.includes(key)) {
    throw new ExpressionProblem(
      'foreach-needs-key',
      `\`${of.id}\` is a foreach: say which one, as \`${of.id}[${keys()[0] ?? 'KEY'}].${key}\`, \`[last]\` or \`[*]\``,
      expression.at,
    );
  }
  const meant = typeof key === 'string' ? suggest(key, keys()) : undefined;
  throw new ExpressionProblem(
    'unknown-foreach-key',
    `\`${of.id}\` has no key \`${typeof key === 'string' ? key : named(value)}\`${didYouMean(meant) || ` (it has ${listed(keys())})`}`,
    index.at,
    meant,
  );
}

function called(expression: Expression & { type: 'call' }, scope: Scope): Value {
  const call = functionOf(expression.name);
  if (call === undefined) {
    throw new ExpressionProblem(
      'unknown-function',
      `there is no function \`${expression.name}\` (there are ${listed(FUNCTIONS)})`,
      expression.at,
    );
  }
  const args: Json[] = [];
  for (const arg of expression.args) {
    const plain = plainValue(evaluate(arg, scope));
    if (isHandle(plain)) {
      if (plain instanceof Broken) return broken;
      throw new ExpressionProblem(
        'value-needed',
        `\`${printExpression(arg)}\` is ${describeHandle(plain)}: \`${expression.name}\` takes values`,
        arg.at,
      );
    }
    args.push(plain);
  }
  try {
    return call(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ExpressionProblem('invalid-call', `the call fails: ${message}`, expression.at);
  }
}

function compared(expression: Expression & { type: 'compare' }, scope: Scope): Value {
  const left = evaluate(expression.left, scope);
  const right = evaluate(expression.right, scope);
  if (left instanceof Broken || right instanceof Broken) return broken;
  const { operator } = expression;
  if (operator === '==' || operator === '!=') {
    const [a, b] = [plainValue(left), plainValue(right)];
    // An artifact or a model equals nothing, above all not null.
    const equal = !isHandle(a) && !isHandle(b) && sameValue(a, b);
    return equal === (operator === '==');
  }
  const result = isHandle(left) || isHandle(right) ? undefined : ordered(operator, left as Json, right as Json);
  if (result !== undefined) return result;
  throw new ExpressionProblem(
    'incomparable',
    `\`${printExpression(expression)}\` compares ${named(left)} with ${named(right)}: only two numbers or two strings have an order`,
    expression.at,
  );
}

function named(value: Value): string {
  if (value instanceof ModelValue) return 'a model';
  return isHandle(value) ? describeHandle(value) : kindOf(value);
}
