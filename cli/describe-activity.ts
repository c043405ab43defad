import type { ActivityDeclaration } from '../recipe/declaration.js';
import { wrapped } from './wrapped.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const WIDTH = 100;

/** The page of one activity: what it takes and gives, and how a stage says so. */
export function describeActivity(activity: ActivityDeclaration, uses = activity.name): string {
  const { name, summary, queue, version, module, map, deterministic, scalars = [] } = activity;
  const params = [...paramLines(activity)];
  const traits = [
    `queue ${queue}`,
    `version ${version}`,
    ...(module === undefined ? [] : [`from ${module}`]),
    ...(map ? ['works item by item'] : []),
    ...(deterministic === false ? ['sampling decides: the same work may give another result'] : []),
  ];
  const inputs = Object.entries(activity.inputs).map(([input, { kind, optional, implied, description = '' }]) => [
    ...entry(
      input,
      `${[kind].flat().join(' or ')}${optional ? ', optional' : implied ? ', implied by the other inputs' : ''}`,
    ),
    ...indented(description),
  ]);
  const outputs = Object.entries(activity.outputs).map(([output, { kind, description = '' }]) => [
    ...entry(output, kind),
    ...indented(description),
  ]);
  const byStage = activity.declaredByStage === true;
  return [
    ...wrapped(`${name}: ${summary}`, WIDTH),
    `(${traits.join('; ')})`,
    ...section('Inputs', [...inputs, ...(byStage ? [['  any name, any kind: the stage chooses']] : [])]),
    ...section('Outputs', [...outputs, ...(byStage ? [['  declared by the stage, under `outputs`']] : [])]),
    ...section('Params', params),
    ...(scalars.length === 0
      ? []
      : ['', 'For expect', ...indented(scalars.map((scalar) => `outputs.${scalar}`).join(', '), 2)]),
    '',
    'In a recipe',
    ...stageLines(activity, uses),
  ].join('\n');
}

function section(title: string, entries: readonly (readonly string[])[]): string[] {
  return entries.length === 0 ? [] : ['', title, ...entries.flat()];
}

function* paramLines({ params, extent = [], predicates = {} }: ActivityDeclaration): Generator<string[]> {
  yield* propertyLines('', params, extent, predicates);
}

function* propertyLines(
  prefix: string,
  { properties = {}, required = [] }: Schema,
  extent: readonly string[],
  predicates: Readonly<Record<string, string>>,
): Generator<string[]> {
  for (const [name, property] of Object.entries(properties)) {
    const record = predicates[name];
    const type = record === undefined ? typeOf(property) : `predicate over \`item\` (${record})`;
    const value =
      property.default === undefined
        ? required.includes(name)
          ? ', needed'
          : ''
        : `, default ${defaultOf(property.default)}`;
    const note = extent.includes(name)
      ? 'Says only how many items there are: more of them reuse those that are done.'
      : '';
    yield [
      ...entry(`${prefix}${name}`, `${type}${value}`),
      ...indented([property.description ?? '', note].filter(Boolean).join(' ')),
    ];
    if (property.properties) yield* propertyLines(`${prefix}${name}.`, property, [], {});
  }
}

/** `integer >= 1`, `none | traceback`, `list of string`. */
function typeOf(schema: Schema): string {
  const { enum: values, anyOf, oneOf, items } = schema;
  if (values) return values.map(shown).join(' | ');
  if ('const' in schema) return shown(schema.const);
  const alternatives = anyOf ?? oneOf;
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' | ');
  const types = [schema.type ?? 'any']
    .flat()
    .map((type) => (type === 'array' ? `list of ${items ? typeOf(items) : 'any'}` : type));
  return `${types.join(' | ')}${boundsOf(schema)}`;
}

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const bounds = [
    minimum === undefined ? '' : `>= ${minimum}`,
    exclusiveMinimum === undefined ? '' : `> ${exclusiveMinimum}`,
    maximum === undefined ? '' : `<= ${maximum}`,
    exclusiveMaximum === undefined ? '' : `< ${exclusiveMaximum}`,
  ].filter(Boolean);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

/** Lists may be long: they break between their entries. */
function defaultOf(value: unknown): string {
  return Array.isArray(value) ? `[${value.map((entry) => JSON.stringify(entry)).join(', ')}]` : JSON.stringify(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A stage with all that is needed, to be pasted. */
function stageLines(activity: ActivityDeclaration, uses: string): string[] {
  const inputs = Object.entries(activity.inputs)
    .filter(([, { optional, implied }]) => !optional && !implied)
    .map(
      ([name, { kind }]) =>
        `${name}: ${[kind].flat()[0] === 'file' ? 'params.' : 'STAGE.'}${[kind].flat()[0] ?? 'output'}`,
    );
  const { required = [], properties = {} } = activity.params as Schema;
  const values = required
    .filter((name) => properties[name]?.default === undefined)
    .map((name) => `${name}: ${(properties[name] ? typeOf(properties[name]) : 'value').split(' ')[0] ?? ''}`);
  return [
    `  ${activity.name.split('/').at(-1) ?? 'stage'}:`,
    `    uses: ${uses}`,
    ...(inputs.length === 0 ? [] : [`    inputs: { ${inputs.join(', ')} }`]),
    ...(values.length === 0 ? [] : [`    with: { ${values.join(', ')} }`]),
  ];
}

function entry(name: string, text: string): string[] {
  const [first = '', ...rest] = wrapped(text, WIDTH - name.length - 4);
  return [`  ${name}  ${first}`, ...rest.map((line) => `    ${line}`)];
}

function indented(text: string, by = 6): string[] {
  return text === '' ? [] : wrapped(text, WIDTH - by).map((line) => `${' '.repeat(by)}${line}`);
}
