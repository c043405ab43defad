import type { ActivityDeclaration } from '../declaration.js';
import { settingsSchema } from './settings-schema.js';
import { type Schema, describeActivity, inputsSchema, orExpression } from './editor-values.js';

/**
 * The schema that editors use: the recipe schema with what each activity takes written into it. What the loader finds by running, such as
 * the stages that a reference may name, no schema can say; `mortar check` says it.
 */
export function editorSchema(recipeSchema: Schema, activities: readonly ActivityDeclaration[]): Schema {
  const schema = structuredClone(recipeSchema);
  schema['$id'] = 'editor.schema.json';
  const properties = schema['properties'] as Record<string, Schema>;
  const definitions = schema['$defs'] as Record<string, Schema>;
  definitions['expression'] = { type: 'string', pattern: '\\$\\{\\{' };
  definitions['declaration'] = declarationSchema(activities);
  properties['params'] = {
    ...properties['params'],
    additionalProperties: {
      anyOf: [{ $ref: '#/$defs/declaration' }, true],
      if: { type: 'object', anyOf: [{ required: ['type'] }, { required: ['default'] }] },
      then: { $ref: '#/$defs/declaration' },
    },
  };
  const model = definitions['model'] as { properties: Record<string, Schema> };
  model.properties['serve'] = orExpression({
    ...model.properties['serve'],
    ...settingsSchema(activities)('models/serve'),
  });
  for (const activity of activities) {
    definitions[`inputs of ${activity.name}`] = inputsSchema(activity);
    definitions[`with of ${activity.name}`] = orExpression(activity.params, { top: true });
  }
  const stage = definitions['stage'] as { properties: Record<string, Schema>; allOf?: Schema[] };
  stage.properties['uses'] = usesSchema(stage.properties['uses'], activities);
  stage.allOf = [
    ...(stage.allOf ?? []),
    ...activities.map((activity) => ({
      if: { required: ['uses'], properties: { uses: { const: activity.name } } },
      then: {
        properties: {
          inputs: { $ref: pointer(`inputs of ${activity.name}`) },
          with: { $ref: pointer(`with of ${activity.name}`) },
        },
      },
    })),
  ];
  return schema;
}

/** An activity of ours by name, or one from elsewhere; a name in one of our rooms that is none of ours is a mistake. */
function usesSchema(uses: Schema | undefined, activities: readonly ActivityDeclaration[]): Schema {
  const rooms = [...new Set(activities.map(({ name }) => name.split('/')[0]))].filter((room) => room !== 'command');
  return {
    ...uses,
    anyOf: [
      { enum: activities.map(({ name }) => name), markdownEnumDescriptions: activities.map(describeActivity) },
      {
        pattern: `^(?!(${rooms.join('|')})/)`,
        patternErrorMessage: 'There is no such activity. `mortar activities` lists them.',
        defaultSnippets: [{ label: 'part/', description: 'A part of this recipe.', body: 'part/$1' }],
      },
    ],
  };
}

/** What declares a param: JSON Schema keywords, types of our own, and how well its default is known. */
function declarationSchema(activities: readonly ActivityDeclaration[]): Schema {
  const find = settingsSchema(activities);
  const types = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null', 'file', 'model', 'predicate'];
  const origin = { enum: ['paper', 'secondary', 'code', 'assumed'] };
  const names = activities.flatMap(({ name, params }) => [
    name,
    ...Object.entries((params['properties'] ?? {}) as Record<string, Schema>).flatMap(([property, schema]) =>
      schema['properties'] === undefined ? [] : [`${name}#${property}`],
    ),
  ]);
  const bound = (what: string): Schema => ({ type: 'number', description: what });
  const count = (what: string): Schema => ({ type: 'integer', minimum: 0, description: what });
  return {
    type: 'object',
    description: 'Declares a param.',
    additionalProperties: false,
    properties: {
      type: {
        anyOf: [{ enum: types }, { type: 'array', items: { enum: types } }],
        description:
          'JSON type, or file (digested when the plan is made), model, predicate (over `item`). A list allows several.',
      },
      default: { description: 'Value where no profile and no `--set` gives another.' },
      origin: {
        anyOf: [origin, { type: 'object', additionalProperties: origin }],
        description: 'How well the default is known; of an object also for each key. The report prints it.',
      },
      description: { type: 'string', description: 'What it decides.' },
      title: { type: 'string', description: 'Name for people.' },
      schema: {
        enum: ['models/serve', ...names.filter((name) => find(name) !== undefined)],
        description: 'Settings of an activity: ACTIVITY or ACTIVITY#PARAM types the object, and fills in its defaults.',
      },
      enum: { type: 'array', minItems: 1, description: 'The values it may have.' },
      const: { description: 'The only value it may have.' },
      items: { type: 'object', description: 'Schema of the entries of a list.' },
      properties: { type: 'object', description: 'Schemas of the keys of an object.' },
      additionalProperties: { type: ['boolean', 'object'], description: 'Whether an object may have other keys.' },
      required: { type: 'array', items: { type: 'string' }, description: 'Keys that an object must have.' },
      minimum: bound('Least value.'),
      maximum: bound('Greatest value.'),
      exclusiveMinimum: bound('The value is greater than this.'),
      exclusiveMaximum: bound('The value is less than this.'),
      multipleOf: bound('The value is a multiple of this.'),
      minLength: count('Least length of a string.'),
      maxLength: count('Greatest length of a string.'),
      minItems: count('Least length of a list.'),
      maxItems: count('Greatest length of a list.'),
      uniqueItems: { type: 'boolean', description: 'No entry of a list occurs twice.' },
      pattern: { type: 'string', description: 'Regular expression that a string matches.' },
      format: { type: 'string', description: 'Named form of a string, such as uri.' },
      record: { type: 'string', description: 'Kind of record that a predicate is checked against.' },
    },
  };
}

function pointer(definition: string): string {
  return `#/$defs/${definition.replaceAll('/', '~1')}`;
}
