import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ActivityDeclaration } from '../declaration.js';
import { isOurs } from './find-activity.js';
import type { Json, JsonObject } from '../json.js';
import { isObject } from '../merge.js';
import { listed } from '../suggest.js';
import { validateSchema } from '../schema/validate.js';

const ofItems = ['items', 'process', 'assemble'];
/** What an activity has besides what it declares. */
export const activityFunctions: readonly string[] = ['run', ...ofItems, 'isDeterministic'];
const names = { type: 'array', items: { type: 'string' } };
const described = { type: 'string' };
const kind = { type: 'string', minLength: 1 };

/** What an activity of a module may say. */
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'summary'],
  properties: {
    name: { type: 'string', pattern: '^@?[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$' },
    version: { type: 'integer', minimum: 1 },
    summary: { type: 'string', minLength: 1 },
    deterministic: { type: 'boolean' },
    isDeterministic: {},
    queue: { enum: ['cpu', 'sandbox', 'gpu'] },
    inputs: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['kind'],
        properties: {
          kind: { anyOf: [kind, { type: 'array', minItems: 1, items: kind }] },
          description: described,
          optional: { type: 'boolean' },
          implied: { type: 'boolean' },
        },
      },
    },
    outputs: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['kind'],
        properties: { kind, description: described },
      },
    },
    scalars: names,
    params: { type: 'object' },
    extent: names,
    itemInputs: names,
    predicates: { type: 'object', additionalProperties: { type: 'string' } },
    map: { enum: [true, false, 'streamed'] },
    quick: { type: 'boolean' },
    run: {},
    items: {},
    process: {},
    assemble: {},
  },
};

/**
 * All that is wrong with what a module exports as an activity, a sentence each.
 * @param own Mortar's own activities, whose names are taken
 */
export function shapeProblems(activity: unknown, own: readonly ActivityDeclaration[]): string[] {
  if (typeof activity !== 'object' || activity === null || Array.isArray(activity))
    return [
      `It is ${activity === null ? 'null' : Array.isArray(activity) ? 'a list' : `a ${typeof activity}`}, not an object.`,
    ];
  const problems = validateSchema(schema, plain(activity), 'the activity').map(({ message }) => message);
  if (problems.length > 0) return problems;
  const declared = activity as Partial<ActivityDeclaration> & { readonly name: string };
  return [...nameProblems(declared.name, own), ...functionProblems(activity), ...paramProblems(declared)];
}

/** With what may be left out filled in. Params that are not declared are refused, unless the module says otherwise. */
export function completed<T extends object>(activity: T): T & ActivityDeclaration {
  const { params, ...given } = activity as Partial<ActivityDeclaration>;
  return {
    version: 1,
    queue: 'cpu',
    inputs: {},
    outputs: {},
    ...given,
    ...boundFunctions(activity),
    params: { type: 'object', properties: {}, additionalProperties: false, ...params },
  } as T & ActivityDeclaration;
}

/** An activity may be an instance of a class. */
function boundFunctions(activity: object): object {
  const given = activity as Readonly<Record<string, unknown>>;
  const found = activityFunctions.map((name) => [name, given[name]] as const);
  return Object.fromEntries(
    found.flatMap(([name, value]) => (typeof value === 'function' ? [[name, value.bind(activity) as unknown]] : [])),
  );
}

/** The declaration alone, as it can be stored. */
export function declarationOf(activity: ActivityDeclaration): ActivityDeclaration {
  return JSON.parse(JSON.stringify(activity)) as ActivityDeclaration;
}

/** Functions stay out of what is validated as JSON. */
function plain(activity: object): JsonObject {
  return Object.fromEntries(
    Object.entries(activity).map(([name, value]) => [name, typeof value === 'function' ? null : (value as Json)]),
  );
}

function nameProblems(name: string, own: readonly ActivityDeclaration[]): string[] {
  if (own.some((activity) => activity.name === name))
    return [`\`${name}\` is the name of one of Mortar's own activities: choose another.`];
  if (isOurs(name, own))
    return [
      `\`${name}\`: names that begin with \`${name.split('/')[0] ?? ''}/\` are Mortar's own. Begin it with a name of yours.`,
    ];
  return [];
}

function functionProblems(activity: object): string[] {
  const given = activity as Readonly<Record<string, unknown>>;
  const map = given['map'] !== undefined && given['map'] !== false;
  const [needed, others] = map ? [ofItems, ['run']] : [['run'], ofItems];
  const what = map ? `an activity with \`map: ${String(given['map'])}\`` : 'an activity without `map: true`';
  const missing = (name: string): string =>
    `\`${name}\` is ${given[name] === undefined ? 'missing' : 'no function'}: ${what} has the function${needed.length > 1 ? 's' : ''} ${listed(needed)}.`;
  const optional = given['isDeterministic'];
  return [
    ...needed.filter((name) => typeof given[name] !== 'function').map(missing),
    ...others
      .filter((name) => given[name] !== undefined)
      .map((name) => `\`${name}\` is of no use: ${what} has ${listed(needed)}.`),
    ...(optional === undefined || typeof optional === 'function' ? [] : ['`isDeterministic` is no function.']),
  ];
}

function paramProblems({
  params = {},
  inputs = {},
  extent = [],
  itemInputs = [],
  predicates = {},
}: Partial<ActivityDeclaration>): string[] {
  const problems: string[] = [];
  if (params['type'] !== undefined && params['type'] !== 'object')
    problems.push('`params` is the JSON Schema of the whole `with`: its `type` is `object`.');
  try {
    new Ajv2020({ strict: false }).compile(params);
  } catch (error) {
    problems.push(`\`params\` is no JSON Schema (2020-12): ${error instanceof Error ? error.message : String(error)}.`);
  }
  const properties = Object.keys(isObject(params['properties'] as Json) ? (params['properties'] as JsonObject) : {});
  const unknown = (of: string, given: readonly string[], known: readonly string[], what: string): void => {
    for (const name of given.filter((entry) => !known.includes(entry)))
      problems.push(`\`${of}\` names \`${name}\`, and there is no such ${what}; there are ${listed(known)}.`);
  };
  unknown('extent', extent, properties, 'param');
  unknown('predicates', Object.keys(predicates), properties, 'param');
  unknown('itemInputs', itemInputs, Object.keys(inputs), 'input');
  return problems;
}
