import type { Json } from '../../recipe/json.js';
import type { Plan } from '../../recipe/plan.js';
import { localId, type Graph, type Reference } from './graph.js';

/** The recipe's params as formal parameters, and the values that the run had. */
export function describeParams(graph: Graph, { params }: Plan): { formal: Reference[]; values: Reference[] } {
  const formal: Reference[] = [];
  const values: Reference[] = [];
  for (const [name, value] of Object.entries(params)) {
    const parameter = graph.add({
      '@id': localId('param', name),
      '@type': 'FormalParameter',
      name,
      additionalType: typeOf(value),
      conformsTo: { '@id': 'https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE' },
    });
    formal.push(parameter);
    values.push(
      graph.add({
        '@id': localId('value', name),
        '@type': 'PropertyValue',
        name,
        value: textOf(value),
        exampleOfWork: parameter,
      }),
    );
  }
  return { formal, values };
}

/** Values of a stage, by name. */
export function describeValues(graph: Graph, stage: string, values: Readonly<Record<string, Json>>): Reference[] {
  return Object.entries(values).map(([name, value]) =>
    graph.add({
      '@id': localId('with', `${stage}/${name}`),
      '@type': 'PropertyValue',
      name: `${stage}: ${name}`,
      value: textOf(value),
    }),
  );
}

function typeOf(value: Json): string {
  switch (typeof value) {
    case 'boolean':
      return 'Boolean';
    case 'number':
      return Number.isInteger(value) ? 'Integer' : 'Float';
    default:
      return 'Text';
  }
}

/** What is no scalar is JSON in a text. */
function textOf(value: Json): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}
