import { type Scope, evaluate } from './evaluate.js';
import { ExpressionProblem, parseExpression } from '../syntax/expression.js';
import { display } from './functions.js';
import type { Json } from '../json.js';
import { limits } from '../limits.js';
import { directReference } from './reference.js';
import { memoized } from '../memoized.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place } from '../syntax/source.js';
import { Broken, type Value, broken, describeHandle, isHandle, plainValue } from './values.js';

interface Whole {
  readonly expression: string;
  readonly offset: number;
}

/** The expression of a scalar that is nothing but one `${{ }}`, with its offset in the text. */
export function wholeExpression(text: string): Whole | undefined {
  return text.includes('${{') ? memoizedWhole(text) : undefined;
}

const memoizedWhole = memoized((text): Whole | undefined => {
  const trimmed = text.trimStart();
  if (!trimmed.startsWith('${{')) return undefined;
  const [first] = embedded(text);
  if (first === undefined || first.start !== text.length - trimmed.length) return undefined;
  if (text.slice(first.end).trim() !== '') return undefined;
  return { expression: text.slice(first.start + 3, first.end - 2), offset: first.start + 3 };
});

/** All expressions of a text, with their offsets in it. */
export function expressionsIn(text: string): { readonly expression: string; readonly offset: number }[] {
  return embedded(text).map(({ start, end }) => ({ expression: text.slice(start + 3, end - 2), offset: start + 3 }));
}

/** Offsets of each `${{ }}`. Braces within the strings of an expression do not close it; `''` is a quote within a string. */
function embedded(text: string): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  // Whether a place is inside of a string depends on the quotes before it: an even or an odd number of them.
  const closings: [number[], number[]] = [[], []];
  const opening: { start: number; side: 0 | 1 }[] = [];
  let side: 0 | 1 = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (letter === quote) side = side === 0 ? 1 : 0;
    else if (letter === brace && text.charCodeAt(at + 1) === brace) closings[side].push(at);
    else if (letter === dollar && text.startsWith('${{', at)) opening.push({ start: at, side });
  }
  const next: [number, number] = [0, 0];
  let behind = 0;
  for (const { start, side } of opening) {
    if (start < behind) continue;
    const ends = closings[side];
    while ((ends[next[side]] ?? Infinity) < start + 3) next[side] += 1;
    const end = ends[next[side]];
    if (end === undefined) continue;
    behind = end + 2;
    found.push({ start, end: behind });
  }
  return found;
}

const [dollar, quote, brace] = [36, 39, 125];

/** A scalar without expressions. */
export function isConstant(value: Json): value is null | boolean | number | string {
  return typeof value === 'string' ? !value.includes('${{') : value === null || typeof value !== 'object';
}

/** Resolves the expressions in a value: a whole-scalar one keeps its type, an embedded one becomes text. */
export function resolveTemplates(value: Json, scope: Scope, reporter: Reporter, place: Place): Value {
  if (isConstant(value)) return value;
  if (typeof value === 'string') return resolveString(value, scope, reporter, place);
  if (Array.isArray(value)) return value.map((entry, index) => resolveBelow(entry, index, scope, reporter, place));
  const resolved: { [name: string]: Value } = {};
  for (const name in value) resolved[name] = resolveBelow(value[name] ?? null, name, scope, reporter, place);
  return resolved;
}

/** The value of a `${{ }}` that is one reference, which need not be placed: most are, and are right. */
export function directTemplate(value: Json, scope: Scope): Value | undefined {
  const whole = typeof value === 'string' ? wholeExpression(value) : undefined;
  return whole && directReference(whole.expression, scope);
}

function resolveBelow(entry: Json, step: string | number, scope: Scope, reporter: Reporter, above: Place): Value {
  if (isConstant(entry)) return entry;
  const direct = directTemplate(entry, scope);
  if (direct !== undefined) return direct;
  return resolveTemplates(entry, scope, reporter, { source: above.source, path: above.path.concat(step) });
}

function resolveString(text: string, scope: Scope, reporter: Reporter, place: Place): Value {
  const whole = wholeExpression(text);
  if (whole) return evaluateText(whole.expression, scope, reporter, place, whole.offset);
  let failed = false;
  let result = '';
  let behind = 0;
  let unclosed = false;
  for (const { start, end } of embedded(text)) {
    const between = text.slice(behind, start);
    unclosed ||= between.includes('${{');
    behind = end;
    const plain = plainValue(evaluateText(text.slice(start + 3, end - 2), scope, reporter, place, start + 3));
    if (!isHandle(plain)) {
      result += between + display(plain);
      continue;
    }
    if (!(plain instanceof Broken))
      reporter.error(
        place,
        'value-needed',
        `\`${text.slice(start, end)}\` is ${describeHandle(plain)}, which cannot stand inside a string.`,
      );
    failed = true;
  }
  result += text.slice(behind);
  unclosed ||= text.includes('${{', behind) || (!failed && result.includes('${{'));
  if (result.length > limits.text) {
    reporter.error(
      place,
      'text-too-long',
      `This text comes to ${result.length} characters; ${limits.text} are the most. Put large data into a file of its own, as a param of type file.`,
    );
    return broken;
  }
  if (unclosed) {
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
  const direct = directReference(text, scope);
  if (direct !== undefined) return direct;
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
