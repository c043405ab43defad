import { type Expr, ExpressionError, Lexer, Parser } from '@actions/expressions';
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Star,
  Unary,
} from '@actions/expressions/ast';
import { TokenType, type Token } from '@actions/expressions/lexer';
import type { ErrorCode } from '../diagnostics/diagnostic-codes.js';
import type { Json } from '../json.js';
import { memoized } from '../memoized.js';
import { didYouMean, listed, suggest } from '../suggest.js';

/** As an author writes them. */
export const FUNCTIONS = ['contains', 'startsWith', 'endsWith', 'format', 'join', 'toJSON', 'fromJSON'];
const UNKNOWN_FUNCTION = /^Unrecognized function: '([^']+)'/;

/** Our own view of the library's syntax tree: plain data with offsets into the expression's text. */
export type Expression =
  | { readonly type: 'literal'; readonly value: null | boolean | number | string; readonly at: Span }
  | { readonly type: 'name'; readonly name: string; readonly at: Span }
  | { readonly type: 'index'; readonly of: Expression; readonly index: Expression | '*'; readonly at: Span }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: Span }
  | { readonly type: 'not'; readonly of: Expression; readonly at: Span }
  | {
      readonly type: 'compare';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Span;
    }
  | { readonly type: 'and' | 'or'; readonly args: readonly Expression[]; readonly at: Span };

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** Offsets in the expression's text; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The text is no expression, or asks for what there is not. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly at: Span,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}

/** `split.train`, `params.seed`: most expressions of a recipe. */
const reference = /^\s*[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*){0,20}\s*$/;
const words = ['true', 'false', 'null', 'NaN', 'Infinity'];

/** A reference without the detour over tokens; undefined for any other expression. */
function parseReference(text: string): Expression | undefined {
  if (text.length > 1000 || !reference.test(text)) return undefined;
  let start = text.length - text.trimStart().length;
  let expression: Expression | undefined;
  for (const name of text.trim().split('.')) {
    const at = { start, end: start + name.length };
    if (expression === undefined) {
      if (words.includes(name)) return undefined;
      expression = { type: 'name', name, at };
    } else {
      const index: Expression = { type: 'literal', value: name, at };
      expression = { type: 'index', of: expression, index, at: { start: expression.at.start, end: at.end } };
    }
    start = at.end + 1;
  }
  return expression;
}

/** Lexes and parses with GitHub Actions' own lexer and parser. Names are not checked here: the evaluator knows the scope. */
export const parseExpression = memoized((text): Expression => parseReference(text) ?? parseWhole(text));

function parseWhole(text: string): Expression {
  const whole: Span = { start: 0, end: text.length };
  try {
    const { tokens } = new Lexer(text).lex();
    const names = tokens.filter((token) => token.type === TokenType.IDENTIFIER).map((token) => token.lexeme);
    const starts = lineStarts(text);
    const expr = new Parser(tokens, names, []).parse() as Expr | undefined;
    if (expr === undefined) throw new ExpressionProblem('empty-expression', 'the expression is empty', whole);
    return convert(expr, starts, whole);
  } catch (error) {
    if (error instanceof ExpressionProblem) throw error;
    if (error instanceof ExpressionError) {
      const start = offsetAt(lineStarts(text), error.pos);
      const name = UNKNOWN_FUNCTION.exec(error.message)?.[1];
      const meant = name === undefined ? undefined : suggest(name, FUNCTIONS);
      throw new ExpressionProblem(
        name === undefined ? 'invalid-expression' : 'unknown-function',
        hint(error.message, text),
        // An unknown function is pointed at as a whole, anything else at its first character.
        { start, end: Math.min(start + (name?.length ?? 1), text.length) },
        meant,
      );
    }
    const message = error instanceof Error ? error.message.replace(/ Located at position.*/s, '') : String(error);
    const position = error instanceof Error ? /Located at position (\d+)/.exec(error.message)?.[1] : undefined;
    const start = position === undefined ? 0 : Number(position) - 1;
    throw new ExpressionProblem('invalid-expression', hint(message, text), {
      start,
      end: Math.min(start + 1, text.length),
    });
  }
}

function hint(message: string, text: string): string {
  const unknown = UNKNOWN_FUNCTION.exec(message)?.[1];
  if (unknown !== undefined)
    return `there is no function \`${unknown}\`${didYouMean(suggest(unknown, FUNCTIONS)) || ` (there are ${listed(FUNCTIONS)})`}`;
  const plain = (message.charAt(0).toLowerCase() + message.slice(1)).replace(/\.$/, '');
  if (text.includes('"')) return `${plain}; strings in expressions take single quotes`;
  if (/[^=!<>]=[^=]/.test(text)) return `${plain}; equality is \`==\``;
  return plain;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

function offsetAt(starts: readonly number[], position: { line: number; column: number }): number {
  return (starts[position.line] ?? 0) + position.column;
}

function convert(expr: Expr, starts: readonly number[], whole: Span): Expression {
  const span = (token: Token): Span => ({
    start: offsetAt(starts, token.range.start),
    end: offsetAt(starts, token.range.end),
  });
  const step = (inner: Expr): Expression => convert(inner, starts, whole);
  if (expr instanceof Grouping) return step(expr.group);
  if (expr instanceof Literal)
    return { type: 'literal', value: literal(expr.token, span(expr.token)), at: span(expr.token) };
  if (expr instanceof ContextAccess) return { type: 'name', name: expr.name.lexeme, at: span(expr.name) };
  if (expr instanceof Unary) {
    const of = step(expr.expr);
    return { type: 'not', of, at: { start: span(expr.operator).start, end: of.at.end } };
  }
  if (expr instanceof Binary) {
    const [left, right] = [step(expr.left), step(expr.right)];
    return {
      type: 'compare',
      operator: expr.operator.lexeme as Operator,
      left,
      right,
      at: { start: left.at.start, end: right.at.end },
    };
  }
  if (expr instanceof Logical) {
    const args = expr.args.map(step);
    const at = { start: args[0]?.at.start ?? 0, end: args[args.length - 1]?.at.end ?? whole.end };
    return { type: expr.operator.type === TokenType.AND ? 'and' : 'or', args, at };
  }
  if (expr instanceof FunctionCall) {
    return { type: 'call', name: expr.functionName.lexeme, args: expr.args.map(step), at: span(expr.functionName) };
  }
  if (expr instanceof IndexAccess) {
    const of = step(expr.expr);
    const index = expr.index instanceof Star ? '*' : step(expr.index);
    return { type: 'index', of, index, at: { start: of.at.start, end: index === '*' ? of.at.end + 2 : index.at.end } };
  }
  throw new ExpressionProblem('invalid-expression', '`*` stands only in brackets or after a dot', whole);
}

/** Read from the lexeme: the library's lexer turns only the first doubled quote of a string into one. */
function literal(token: Token, at: Span): null | boolean | number | string {
  switch (token.type) {
    case TokenType.STRING:
      return token.lexeme.slice(1, -1).replaceAll("''", "'");
    case TokenType.NUMBER: {
      const value = token.value as number;
      if (Number.isFinite(value)) return value;
      throw new ExpressionProblem('invalid-expression', `\`${token.lexeme}\` is no number that a plan can hold`, at);
    }
    case TokenType.TRUE:
      return true;
    case TokenType.FALSE:
      return false;
    case TokenType.NULL:
      return null;
    default:
      // A property name after a dot.
      return token.lexeme;
  }
}

/** A value as an expression; lists and objects through `fromJSON`, as the language has no literals for them. */
export function printLiteral(value: Json): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `fromJSON('${JSON.stringify(value).replaceAll("'", "''")}')`;
}

/** The text of an expression, with parentheses where they are needed and only there. */
export function printExpression(expression: Expression): string {
  switch (expression.type) {
    case 'literal':
      return printLiteral(expression.value);
    case 'name':
      return expression.name;
    case 'index': {
      const of = printExpression(expression.of);
      if (expression.index === '*') return `${of}[*]`;
      const index = expression.index;
      const plain =
        index.type === 'literal' && typeof index.value === 'string' && /^[A-Za-z_][\w-]*$/.test(index.value);
      return plain ? `${of}.${String(index.value)}` : `${of}[${printExpression(index)}]`;
    }
    case 'call':
      return `${expression.name}(${expression.args.map(printExpression).join(', ')})`;
    case 'not':
      return `!${wrapped(expression.of, ['compare', 'and', 'or'])}`;
    case 'compare':
      return `${wrapped(expression.left, ['compare', 'and', 'or'])} ${expression.operator} ${wrapped(expression.right, ['compare', 'and', 'or'])}`;
    case 'and':
      return expression.args.map((arg) => wrapped(arg, ['or', 'and'])).join(' && ');
    case 'or':
      return expression.args.map((arg) => wrapped(arg, ['or'])).join(' || ');
  }
}

function wrapped(expression: Expression, types: readonly Expression['type'][]): string {
  const text = printExpression(expression);
  return types.includes(expression.type) ? `(${text})` : text;
}
