import { UserError } from '../../recipe/errors.js';
import type { Instance } from '../../schemas/records.js';
import { defineActivity } from '../activity.js';
import { splitInstances, splits, type SplitParams } from './split-instances.js';

export default defineActivity({
  name: 'data/split',
  version: 1,
  summary:
    'Splits instances by repository into train, verifier, development and test, with no repository and no function in two of them.',
  queue: 'cpu',
  quick: true,
  inputs: { instances: { kind: 'instances' } },
  outputs: {
    train: { kind: 'instances' },
    verifier: { kind: 'instances' },
    development: { kind: 'instances' },
    test: { kind: 'instances', description: 'All of them, the invalid ones annotated: the denominator.' },
    overlap: { kind: 'counts', description: 'What was dropped where, for which reason.' },
  },
  scalars: ['train', 'verifier', 'development', 'test', 'dropped', 'repositories', 'invalid_in_test', 'absent'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      by: { enum: ['repository'], default: 'repository' },
      test: { type: 'array', items: { type: 'string' }, default: [], description: 'Held-out repositories.' },
      development: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Repositories that every choice is made on.',
      },
      verifier: {
        anyOf: [
          { type: 'array', items: { type: 'string' } },
          { type: 'number', minimum: 0, exclusiveMaximum: 1 },
        ],
        default: 0.1,
        description: 'Repositories, or the share of the remaining valid instances: what the verifier learns from.',
      },
      keep_invalid: {
        type: 'array',
        items: { enum: [...splits] },
        default: ['test', 'development'],
        description: 'Splits that keep instances which did not validate.',
      },
      dedupe: {
        type: 'array',
        items: { enum: ['patch', 'function'] },
        default: ['patch', 'function'],
        description:
          'Drop from the training side what has the same patch, or the same normalised function, on a held-out side.',
      },
      seed: {
        type: 'integer',
        default: 17,
        description: 'Draws the verifier repositories where `verifier` is a share.',
      },
    },
  },

  async run(context) {
    const params: SplitParams = {
      test: [],
      development: [],
      verifier: 0.1,
      keep_invalid: ['test', 'development'],
      dedupe: ['patch', 'function'],
      ...(context.params as unknown as Partial<SplitParams>),
    };
    const instances = await context.inputs.all<Instance>('instances');
    const result = splitInstances(instances, params, context.seed('split'));
    for (const name of result.absent)
      context.log('warn', `data/split: no instance of ${name}, which 'with' names`, { repository: name });
    if (params.test.length > 0 && result.test.length === 0) {
      throw new UserError(
        'split-test-empty',
        `data/split: none of the held-out repositories (${params.test.join(', ')}) has an instance. Look at why: the rejections of data/collect, the results of validation.`,
      );
    }
    for (const split of splits) await context.outputs.write(split, result[split]);
    await context.outputs.write('overlap', result.dropped);

    const repositories: Record<string, Record<string, number>> = {};
    for (const split of splits) repositories[split] = countBy(result[split].map(({ repo }) => repo));
    const invalid = result.test.filter(({ status }) => status !== 'valid');
    return {
      train: result.train.length,
      verifier: result.verifier.length,
      development: result.development.length,
      test: result.test.length,
      dropped: result.dropped.reduce((sum, { count }) => sum + count, 0),
      repositories,
      invalid_in_test: countBy(
        invalid.map(({ status, reason }) => (reason === undefined ? status : `${status}: ${reason.slice(0, 60)}`)),
      ),
      absent: [...result.absent],
    };
  },
});

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
