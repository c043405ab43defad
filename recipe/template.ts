import { type Scope, evaluate } from './evaluate.js';
import { ExpressionProblem, parseExpression } from './expression.js';
import { display } from './functions.js';
import type { Json } from './json.js';
import type { Reporter } from './reporter.js';
import type { Place } from './source.js';
import { Broken, type Value, broken, describeHandle, plainValue } from './values.js';

const embedded = /\$\{\{((?:'(?:[^']|'')*'|[^'}]|\}(?!\}))*)\}\}/g;

/** The expression of a scalar that is nothing but one `${{ }}`, with its offset in the text. */
export function wholeExpression(text: string): { readonly expression: string; readonly offset: number } | undefined {
  const match = /^\s*\$\{\{((?:'(?:[^']|'')*'|[^'}]|\}(?!\}))*)\}\}\s*$/.exec(text);
  return match?.[1] === undefined ? undefined : { expression: match[1], offset: text.indexOf('${{') + 3 };
}

/** Resolves the expressions in a value: a whole-scalar one keeps its type, an embedded one becomes text. */
export function resolveTemplates(value: Json, scope: Scope, reporter: Reporter, place: Place): Value {
  if (typeof value === 'string') return resolveString(value, scope, reporter, place);
  if (Array.isArray(value))
    return value.map((entry, index) =>
      resolveTemplates(entry, scope, reporter, { ...place, path: [...place.path, index] }),
    );
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [
        name,
        resolveTemplates(entry, scope, reporter, { ...place, path: [...place.path, name] }),
      ]),
    );
  }
  return value;
}

function resolveString(text: string, scope: Scope, reporter: Reporter, place: Place): Value {
  if (!text.includes('${{')) return text;
  const whole = wholeExpression(text);
  if (whole) return evaluateText(whole.expression, scope, reporter, place, whole.offset);
  let failed = false;
  const result = text.replaceAll(embedded, (match: string, inner: string, offset: number) => {
    const value = evaluateText(inner, scope, reporter, place, offset + 3);
    const plain = plainValue(value);
    if ('json' in plain) return display(plain.json);
    if (!(plain.handle instanceof Broken))
      reporter.error(
        place,
        'value-needed',
        `\`${match}\` is ${describeHandle(plain.handle)}, which cannot stand inside a string.`,
      );
    failed = true;
    return '';
  });
  if (result.includes('${{')) {
    reporter.error(
      place,
      'invalid-expression',
      `\`${text}\` opens an expression with \`\${{\` that is not closed with \`}}\`.`,
    );
    return broken;
  }
  return failed ? broken : result;
}

/** Evaluates a bare expression; problems are reported at its place, and give `broken`. */
export function evaluateText(text: string, scope: Scope, reporter: Reporter, place: Place, offset = 0): Value {
  try {
    return evaluate(parseExpression(text), scope);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    reportProblem(error, reporter, place, offset);
    return broken;
  }
}

export function reportProblem(problem: ExpressionProblem, reporter: Reporter, place: Place, offset: number): void {
  const span = { start: offset + problem.at.start, end: offset + problem.at.end };
  const message = `${problem.message.charAt(0).toUpperCase()}${problem.message.slice(1)}`;
  reporter.error({ ...place, span }, problem.code, /[.?]$/.test(message) ? message : `${message}.`, problem.suggestion);
}
