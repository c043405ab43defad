import { type Expression, ExpressionProblem, parseExpression, printExpression } from '../syntax/expression.js';
import { display, sameValue } from '../expressions/functions.js';
import type { Json } from '../json.js';
import { type Entry, type NamedEntry, entriesOf } from '../syntax/entry.js';
import type { Recipe } from '../load/load.js';
import { isObject } from '../merge.js';
import type { Param } from '../params/param.js';
import { ordered } from '../expressions/predicate.js';
import type { Reporter } from '../syntax/reporter.js';
import type { Place, Source } from '../syntax/source.js';
import { expressionsIn } from '../expressions/template.js';
import { truthy } from '../expressions/evaluate.js';

/** What is known of a condition before any value is chosen. */
type Truth = 'always' | 'never' | 'sometimes';

/**
 * Warns of what can be reached under no values of the params at all: an `if` that is never true, an alternative behind `||` that is never
 * taken, a `foreach` over nothing. A param may have any value of its type or `enum`, whatever profiles say: `--set` may say another.
 */
export function checkReachability(recipe: Recipe, params: ReadonlyMap<string, Param>, reporter: Reporter): void {
  const root = new Reach(recipe.stages, params);
  checkStages(recipe.stages, root, reporter);
  for (const { raw, place } of recipe.parts.values()) {
    if (!isObject(raw) || !isObject(raw.stages)) continue;
    const stages = entriesOf(raw.stages, place.source, [...place.path, 'stages']);
    const own = stages.map((entry) => [entry.name, entry] as const);
    checkStages(new Map(own), new Reach(new Map([...recipe.stages, ...own]), params), reporter);
  }
  for (const { raw, place } of recipe.models.values()) checkAlternatives(raw, place, root, false, reporter);
}

function checkStages(stages: ReadonlyMap<string, NamedEntry>, reach: Reach, reporter: Reporter): void {
  for (const entry of stages.values()) {
    const { raw, name } = entry;
    if (!isObject(raw)) continue;
    if (raw.if !== undefined && reach.condition(raw.if) === 'never')
      reporter.warn(
        entry.at('if'),
        'unreachable-branch',
        `Stage \`${name}\` never runs: its \`if\` is false whatever the params are. Correct the condition, or remove the stage.`,
      );
    if (isEmpty(raw.foreach))
      reporter.warn(
        entry.at('foreach'),
        'unreachable-branch',
        `Stage \`${name}\` never runs: its \`foreach\` is empty. Give it entries, or remove the stage.`,
      );
    if (!mayHaveAlternatives(entry.source)) continue;
    for (const key of ['if', 'foreach', 'with', 'inputs']) {
      const value = raw[key] ?? null;
      if (hasAlternatives(value))
        checkAlternatives(value, entry.at(key), reach, key === 'inputs' || key === 'if', reporter);
    }
  }
}

const searched = new WeakMap<Source, boolean>();

/** Of a large file without any, no stage need be searched. */
function mayHaveAlternatives(source: Source): boolean {
  const known = searched.get(source);
  if (known !== undefined) return known;
  const found = source.text.includes('||') || source.text.includes('\\');
  searched.set(source, found);
  return found;
}

function hasAlternatives(value: Json): boolean {
  if (typeof value === 'string') return value.includes('||');
  return value !== null && typeof value === 'object' && Object.values(value).some(hasAlternatives);
}

/** `bare`: a string is an expression as it stands. */
function checkAlternatives(raw: Json, place: Place, reach: Reach, bare: boolean, reporter: Reporter): void {
  if (raw !== null && typeof raw === 'object') {
    for (const [key, entry] of Object.entries(raw))
      checkAlternatives(entry, { ...place, path: [...place.path, key] }, reach, bare, reporter);
    return;
  }
  if (typeof raw !== 'string' || !raw.includes('||')) return;
  const found = raw.includes('${{') ? expressionsIn(raw) : bare ? [{ expression: raw, offset: 0 }] : [];
  for (const { expression, offset } of found) {
    for (const { first, rest } of unreached(parsed(expression), reach)) {
      const span = { start: offset + (rest[0]?.at.start ?? 0), end: offset + (rest.at(-1)?.at.end ?? 0) };
      reporter.warn(
        { ...place, span },
        'unreachable-branch',
        `\`${rest.map(printExpression).join(' || ')}\` is never taken: \`${printExpression(first)}\` is there whatever the params are.`,
      );
    }
  }
}

/** Alternatives that stand behind one that is always there. */
function unreached(
  expression: Expression | undefined,
  reach: Reach,
): { first: Expression; rest: readonly Expression[] }[] {
  if (expression === undefined) return [];
  if (expression.type === 'not') return unreached(expression.of, reach);
  if (expression.type !== 'and' && expression.type !== 'or') return [];
  const inner = expression.args.flatMap((arg) => unreached(arg, reach));
  const index = expression.args.findIndex((arg) => reach.of(arg) === 'always');
  const first = expression.args[index];
  if (expression.type === 'and' || first === undefined || index === expression.args.length - 1) return inner;
  return [...inner, { first, rest: expression.args.slice(index + 1) }];
}

/** Answers for the stages that see each other. */
class Reach {
  readonly #known = new Map<string, Truth>();
  #depth = 0;

  constructor(
    readonly stages: ReadonlyMap<string, Entry>,
    readonly params: ReadonlyMap<string, Param>,
  ) {}

  condition(raw: Json): Truth {
    if (typeof raw !== 'string') return raw === false ? 'never' : raw === true ? 'always' : 'sometimes';
    const [whole, more] = expressionsIn(raw);
    const expression = parsed(whole === undefined ? raw : whole.expression);
    return expression === undefined || more !== undefined ? 'sometimes' : this.of(expression);
  }

  of(expression: Expression): Truth {
    switch (expression.type) {
      case 'literal':
        return truthy(expression.value) ? 'always' : 'never';
      case 'name':
      case 'call':
        return 'sometimes';
      case 'not':
        return opposite(this.of(expression.of));
      case 'and':
      case 'or': {
        const [deciding, other] =
          expression.type === 'or' ? (['always', 'never'] as const) : (['never', 'always'] as const);
        const truths = expression.args.map((arg) => this.of(arg));
        return truths.includes(deciding) ? deciding : truths.every((truth) => truth === other) ? other : 'sometimes';
      }
      case 'compare':
        return this.#compared(expression);
      case 'index': {
        const values = this.#values(expression);
        if (values !== undefined) return among(values.map(truthy));
        const stage = stageOf(expression);
        return stage === undefined ? 'sometimes' : this.#output(stage);
      }
    }
  }

  #compared({ operator, left, right }: Expression & { type: 'compare' }): Truth {
    const [lefts, rights] = [this.#values(left), this.#values(right)];
    if (lefts === undefined || rights === undefined) return 'sometimes';
    const outcomes = lefts.flatMap((one) =>
      rights.map((other) => {
        if (operator === '==' || operator === '!=') return sameValue(one, other) === (operator === '==');
        return ordered(operator, one, other);
      }),
    );
    return outcomes.includes(undefined) ? 'sometimes' : among(outcomes as boolean[]);
  }

  /** All values that it may have, where they are few and known. */
  #values(expression: Expression): readonly Json[] | undefined {
    if (expression.type === 'literal') return [expression.value];
    if (expression.type !== 'index' || expression.of.type !== 'name' || expression.of.name !== 'params')
      return undefined;
    const { index } = expression;
    const param = index !== '*' && index.type === 'literal' ? this.params.get(String(index.value)) : undefined;
    const { enum: choices, const: only, type } = param?.declaration ?? {};
    if (Array.isArray(choices)) return choices;
    if (only !== undefined) return [only];
    return type === 'boolean' ? [true, false] : undefined;
  }

  /** Whether an output of a stage is there: a part or a recipe may leave its own out. */
  #output(name: string): Truth {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // Conditions on stages with conditions on stages: beyond this nobody follows.
    if (this.#depth > 50) return 'sometimes';
    this.#depth += 1;
    const truth = this.#unknownOutput(name);
    this.#depth -= 1;
    return truth;
  }

  #unknownOutput(name: string): Truth {
    // In a circle nothing is known; that it is one is told elsewhere.
    this.#known.set(name, 'sometimes');
    const raw = this.stages.get(name)?.raw;
    let truth: Truth = 'sometimes';
    if (isObject(raw ?? null)) {
      const stage = raw as { readonly [key: string]: Json };
      const condition = stage.if === undefined ? 'always' : this.condition(stage.if);
      const simple = /^[a-z-]+(?:\/[a-z-]+)?$/.test(display(stage.uses ?? null)) && !/^part\//.test(String(stage.uses));
      truth =
        condition === 'never' || isEmpty(stage.foreach)
          ? 'never'
          : condition === 'always' && stage.foreach === undefined && simple
            ? 'always'
            : 'sometimes';
    }
    this.#known.set(name, truth);
    return truth;
  }
}

/** The stage that `split.train`, `stages.split.outputs.train` or `sft[easy].model` is of. */
function stageOf(expression: Expression & { type: 'index' }): string | undefined {
  let step: Expression = expression;
  let below: Expression | '*' | undefined;
  while (step.type === 'index') {
    below = step.index;
    step = step.of;
  }
  if (step.type !== 'name') return undefined;
  if (step.name !== 'stages')
    return ['params', 'models', 'inputs', 'foreach'].includes(step.name) ? undefined : step.name;
  return below !== undefined && below !== '*' && below.type === 'literal' ? String(below.value) : undefined;
}

function parsed(text: string): Expression | undefined {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof ExpressionProblem) return undefined;
    throw error;
  }
}

function opposite(truth: Truth): Truth {
  return truth === 'always' ? 'never' : truth === 'never' ? 'always' : 'sometimes';
}

function among(outcomes: readonly boolean[]): Truth {
  if (outcomes.every((outcome) => outcome)) return 'always';
  return outcomes.some((outcome) => outcome) ? 'sometimes' : 'never';
}

function isEmpty(raw: Json | undefined): boolean {
  return Array.isArray(raw) ? raw.length === 0 : isObject(raw ?? null) && Object.keys(raw as object).length === 0;
}
