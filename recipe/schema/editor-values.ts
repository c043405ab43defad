import type { ActivityDeclaration, InputDeclaration } from '../declaration.js';

/** A JSON Schema, as an object to build on. */
export type Schema = Record<string, unknown>;

/** What people read about a value: it stays outside of the alternative, so that hover and completion show it. */
const outside = ['title', 'description', 'default'];

/**
 * A schema that takes an expression wherever it takes a value, at every depth. By condition and not by alternatives, so that a wrong value
 * is told as what it is and not as a text that holds no expression.
 */
export function orExpression(schema: Schema, { top = false } = {}): Schema {
  const inner: Schema = {};
  const outer: Schema = {};
  for (const [keyword, value] of Object.entries(schema))
    (outside.includes(keyword) ? outer : inner)[keyword] = deeper(keyword, value);
  if (outer['default'] !== undefined) outer['description'] = withDefault(outer['description'], outer['default']);
  delete outer['default'];
  if (top || Object.keys(inner).length === 0 || takesAnyText(inner)) return { ...outer, ...inner };
  return { ...outer, if: { $ref: '#/$defs/expression' }, then: {}, else: inner };
}

function deeper(keyword: string, value: unknown): unknown {
  switch (keyword) {
    case 'properties':
      return Object.fromEntries(
        Object.entries(value as Record<string, Schema>).map(([name, schema]) => [name, orExpression(schema)]),
      );
    case 'items':
    case 'additionalProperties':
      return typeof value === 'object' && value !== null ? orExpression(value as Schema) : value;
    case 'anyOf':
    case 'oneOf':
      return (value as Schema[]).map((schema) => orExpression(schema, { top: true }));
    // A default may be an expression's to give.
    default:
      return value;
  }
}

function takesAnyText({ type, enum: values, pattern, minLength, ...rest }: Schema): boolean {
  const bounded = values ?? pattern ?? minLength;
  return bounded === undefined && rest['anyOf'] === undefined && [type].flat().includes('string') && !('const' in rest);
}

function withDefault(description: unknown, value: unknown): string {
  const shown = JSON.stringify(value);
  const text = typeof description === 'string' ? description : '';
  return shown === '{}' ? text : `${text} Default: ${shown}.`.trim();
}

/** Inputs of an activity: references, each with its kind. Those that are needed must be there. */
export function inputsSchema(activity: ActivityDeclaration): Schema {
  const needed = Object.entries(activity.inputs).filter(([, { optional }]) => optional !== true);
  return {
    type: 'object',
    // A command takes whatever it is given.
    additionalProperties: activity.declaredByStage === true,
    required: needed.map(([name]) => name),
    properties: Object.fromEntries(
      Object.entries(activity.inputs).map(([name, input]) => [name, { description: describeInput(input) }]),
    ),
  };
}

function describeInput({ kind, optional, description }: InputDeclaration): string {
  const kinds = [kind].flat().join(' or ');
  return `Artifact of kind ${kinds}${optional ? ', optional' : ''}. ${description ?? ''}`.trim();
}

/** Summary, inputs and outputs of an activity, in Markdown. */
export function describeActivity({ summary, inputs, outputs }: ActivityDeclaration): string {
  const list = (of: readonly [string, { readonly kind: string | readonly string[] }][]): string =>
    of.map(([name, { kind }]) => `\`${name}\` (${[kind].flat().join(' or ')})`).join(', ') || 'nothing';
  return `${summary}\n\nReads ${list(Object.entries(inputs))}; writes ${list(Object.entries(outputs))}.`;
}
