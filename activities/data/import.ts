import { createHash } from 'node:crypto';
import { UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import { isObject } from '../../recipe/merge.js';
import { defineActivity } from '../activity.js';
import { jsonLines } from './json-lines.js';
import { recordValidator, type RecordKind } from './record-validator.js';
import { instanceOfRow } from './swe-bench-row.js';

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
  version: 2,
  summary:
    'Reads records from JSON lines (a file, or a data set of a hub), and checks each against the schema of its kind; rows of SWE-bench become instances.',
  queue: 'cpu',
  inputs: { file: { kind: 'file', description: 'JSON lines, or a reference hf:NAME@REVISION#SPLIT.' } },
  outputs: Object.fromEntries(
    Object.keys(kinds).map((kind) => [kind, { kind, description: `The records, where kind is ${kind}; else empty.` }]),
  ),
  scalars: ['records', 'digest'],
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
    // What a reference stood for is seen here alone.
    const digest = createHash('sha256');

    async function* checked(): AsyncGenerator<Json> {
      for await (const { value, file, line } of jsonLines(context.inputs, 'file')) {
        const takesSource = source !== undefined && (kind === 'instances' || kind === 'trajectories');
        digest.update(`${JSON.stringify(value)}\n`);
        const own = kind === 'instances' ? (instanceOfRow(value) ?? value) : value;
        const record = takesSource && isObject(own) ? { ...own, source } : own;
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
    return { records, digest: `sha256:${digest.digest('hex')}` };
  },
});
