import type { Json } from '../../recipe/json.js';
import { UserError } from '../../recipe/errors.js';
import type { Instance, Judgement, Verdict } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type Scalars } from '../activity.js';
import type { NamedJudgement, NamedVerdict } from './attempts.js';
import { buildScore, type Settings } from './build-score.js';
import type { ScoreDocument } from './score-document.js';

export default defineActivity({
  name: 'report/score',
  version: 1,
  summary: 'Turns verdicts and verifier scores into rates with intervals, selectors at K, and tested differences.',
  queue: 'cpu',
  inputs: {
    instances: {
      kind: 'instances',
      description: 'The test instances: the denominator, those that are not valid included.',
    },
    verdicts: { kind: 'verdicts', description: 'The key of a source is the name of the row.' },
    scores: { kind: 'scores', optional: true, description: 'The key of a source is the name of the verifier.' },
  },
  outputs: {
    score: { kind: 'score', description: 'One record: activities/report/score-document.ts.' },
    table: { kind: 'table', description: 'One record an instance: its value in every metric.' },
  },
  scalars: ['instances', 'valid', 'metrics', 'supported', 'contradicted', 'not_resolved'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      k: {
        type: 'array',
        items: { type: 'integer', minimum: 1 },
        default: [1, 2, 4, 8],
        description: 'Attempts to choose from.',
      },
      budgets: {
        type: 'array',
        items: { type: 'integer', minimum: 1 },
        default: [],
        description: 'Turn budgets to read out.',
      },
      interval: {
        type: 'number',
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.95,
        description: 'Level of intervals.',
      },
      cluster: {
        enum: ['repository'],
        default: 'repository',
        description: 'Whose absence the leave-one-out ranges show.',
      },
      pairs: {
        type: 'array',
        items: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 },
        default: [],
        description:
          'Rows to compare: [left, right] tests right - left. A pair with a greedy row also names what Best@K has to beat.',
      },
      resamples: { type: 'integer', minimum: 100, default: 10000, description: 'Of the bootstrap.' },
      seed: { type: 'integer', default: 17, description: 'Of the bootstrap.' },
    },
  },

  async run(context) {
    const settings = readSettings(context);
    const instances = await context.inputs.all<Instance>('instances');
    if (instances.length === 0) {
      throw new UserError(
        'no-instances',
        "report/score: the input 'instances' is empty. Give the test instances of the split.",
      );
    }
    const verdicts: NamedVerdict[] = [];
    for (const source of context.inputs.sources('verdicts')) {
      for await (const verdict of context.inputs.recordsOf<Verdict>(source)) {
        verdicts.push({ row: rowName(source.key || verdict.row), verdict });
      }
    }
    const judgements: NamedJudgement[] = [];
    for (const source of context.inputs.has('scores') ? context.inputs.sources('scores') : []) {
      for await (const judgement of context.inputs.recordsOf<Judgement>(source)) {
        const named = { ...judgement, row: rowName(judgement.row) };
        judgements.push({ verifier: source.key || judgement.verifier, judgement: named });
      }
    }
    const document = await buildScore({ instances, verdicts, judgements, settings });
    for (const { pair, reason } of document.skipped)
      context.log('warn', `report/score: pair ${pair} skipped: ${reason}`);
    await context.outputs.write('score', [document]);
    await context.outputs.write('table', table(document, instances));
    return scalars(document);
  },
});

function readSettings(context: ActivityContext): Settings {
  const given = context.params as unknown as Partial<Settings>;
  return {
    k: [...new Set(given.k ?? [1, 2, 4, 8])].sort((a, b) => a - b),
    budgets: given.budgets ?? [],
    interval: given.interval ?? 0.95,
    cluster: given.cluster ?? 'repository',
    pairs: given.pairs ?? [],
    resamples: given.resamples ?? 10_000,
    seed: given.seed ?? 17,
  };
}

/** Verdicts of a stage that is no foreach have no row name. */
function rowName(key: string): string {
  return key === '' ? 'policy' : key;
}

function* table(document: ScoreDocument, instances: readonly Instance[]): Generator<Json> {
  for (const [index, { instance_id, repo, status, source }] of instances.entries()) {
    const values = Object.entries(document.values).map(([metric, all]) => [metric, all[index] ?? 0] as const);
    yield { instance_id, repo, source, status, values: Object.fromEntries(values) };
  }
}

function scalars(document: ScoreDocument): Scalars {
  const metrics: Record<string, number> = {};
  for (const [metric, all] of Object.entries(document.values)) {
    metrics[metric] = all.reduce((sum, value) => sum + value, 0) / Math.max(1, all.length);
  }
  const count = (word: string): number => document.comparisons.filter(({ wording }) => wording === word).length;
  return {
    instances: document.instances.total,
    valid: document.instances.valid,
    metrics,
    supported: count('supported'),
    contradicted: count('contradicted'),
    not_resolved: count('not resolved'),
  };
}
