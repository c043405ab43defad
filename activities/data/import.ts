import { UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import { defineActivity } from '../activity.js';
import { jsonLines } from './json-lines.js';
import { recordValidator, type RecordKind } from './record-validator.js';

/** Artifact kinds that can be imported, and the record type of each. */
const kinds = {
  instances: 'instance',
  checkouts: 'checkout',
  environments: 'environment',
  trajectories: 'trajectory',
  verdicts: 'verdict',
} as const satisfies Record<string, RecordKind>;
type Kind = keyof typeof kinds;

export default defineActivity({
  name: 'data/import',
  version: 1,
  summary: 'Reads records from a JSON-lines file, and checks each against the schema of its kind.',
  queue: 'cpu',
  inputs: { file: { kind: 'file' } },
  outputs: Object.fromEntries(
    Object.keys(kinds).map((kind) => [kind, { kind, description: `The records, where kind is ${kind}; else empty.` }]),
  ),
  scalars: ['records'],
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['kind'],
    properties: {
      kind: { enum: Object.keys(kinds), description: 'What the records are; the output of that name gets them.' },
      source: {
        enum: ['real', 'synthetic', 'benchmark'],
        description: "Sets `source` of instances and trajectories; else the file's own value stands.",
      },
    },
  },

  async run(context) {
    const kind = context.params['kind'] as Kind;
    const source = context.params['source'];
    const validate = await recordValidator(kinds[kind]);
    let records = 0;

    async function* checked(): AsyncGenerator<Json> {
      for await (const { value, file, line } of jsonLines(context.inputs, 'file')) {
        const takesSource = source !== undefined && (kind === 'instances' || kind === 'trajectories');
        const record =
          takesSource && value !== null && typeof value === 'object' && !Array.isArray(value)
            ? { ...value, source }
            : value;
        const problem = validate(record);
        if (problem !== null) {
          throw new UserError(
            'import-invalid',
            `data/import: ${file}, line ${line}: not a record of ${kind}: ${problem}. Mend the line; the fields stand in schemas/${kinds[kind]}.schema.json.`,
            { file, line },
          );
        }
        records += 1;
        yield record;
      }
    }

    for (const output of Object.keys(kinds)) await context.outputs.write(output, output === kind ? checked() : []);
    return { records };
  },
});
