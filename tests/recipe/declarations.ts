import type { ActivityDeclaration, InputDeclaration } from '../../recipe/declaration.js';

const text = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };

/** Activities as the language's table lists them: the planner is tested against types, not against code. */
export const declarations: readonly ActivityDeclaration[] = [
  declare('data/collect', { list: 'file' }, { checkouts: 'checkouts' }, { licences: list('string') }),
  declare(
    'data/import',
    { file: 'file' },
    { instances: 'instances', checkouts: 'checkouts' },
    { kind: { enum: ['instances'] }, source: text },
  ),
  declare(
    'data/mine-fixes',
    { checkouts: 'checkouts' },
    { instances: 'instances', checkouts: 'checkouts' },
    { from: { enum: ['pulls', 'releases'] } },
  ),
  declare(
    'data/build-environments',
    { checkouts: 'checkouts' },
    { environments: 'environments', failures: 'failures' },
    { strategy: text },
    { map: true, queue: 'sandbox' },
  ),
  declare(
    'data/inject-bugs',
    { environments: 'environments', model: optional('model') },
    { instances: 'instances' },
    { kinds: list('string'), each: { type: 'integer', minimum: 1, default: 8 }, seed: integer },
    { map: true },
  ),
  declare(
    'validate/seal-history',
    { instances: 'instances', environments: 'environments' },
    { instances: 'instances', audit: 'audit' },
    { synthetic: text, real: text, benchmark: text, audit: text },
    { map: true },
  ),
  declare(
    'validate/run-tests',
    { instances: 'instances', environments: { kind: 'environments', implied: true } },
    { instances: 'instances' },
    { repeats: { type: 'integer', minimum: 1, default: 2 }, timeout: text },
    { map: true, queue: 'sandbox', scalars: ['valid', 'valid_share', 'flaky_share'] },
  ),
  declare(
    'data/write-issues',
    { instances: 'instances', model: optional('model') },
    { instances: 'instances' },
    { style: text },
    { map: true },
  ),
  declare(
    'data/split',
    { instances: 'instances' },
    { train: 'instances', verifier: 'instances', development: 'instances', test: 'instances', overlap: 'counts' },
    {
      by: { enum: ['repository'], default: 'repository' },
      test: list('string'),
      verifier: { type: ['number', 'array'] },
      dedupe: list('string'),
      seed: integer,
    },
  ),
  declare(
    'agent/rollout',
    { instances: 'instances', environments: optional('environments'), model: 'model' },
    { trajectories: 'trajectories' },
    {
      agent: object({
        tools: list('string'),
        protocol: { enum: ['text', 'terse', 'plain'], default: 'terse' },
        context: integer,
        reply: integer,
      }),
      max_turns: { type: 'integer', minimum: 1, default: 6 },
      budgets: list('integer'),
      samples: { type: 'integer', minimum: 1, default: 1 },
      temperature: { type: 'number', minimum: 0, default: 0 },
      seed: integer,
    },
    { map: true, queue: 'sandbox', extent: ['samples'], scalars: ['trajectories', 'tokens'], deterministic: false },
  ),
  declare(
    'validate/grade',
    { trajectories: 'trajectories', instances: 'instances', environments: optional('environments') },
    { verdicts: 'verdicts' },
    { timeout: text },
    { map: true, queue: 'sandbox' },
  ),
  declare(
    'data/label',
    { trajectories: 'trajectories', verdicts: 'verdicts', instances: 'instances' },
    { trajectories: 'trajectories' },
    { semi_resolved: { enum: ['same-files', 'none'], default: 'same-files' } },
  ),
  declare(
    'data/select',
    { items: ['trajectories', 'instances'] },
    { items: 'any', counts: 'counts' },
    {
      where: { type: ['string', 'null'], default: null },
      limits: { type: 'object', default: {} },
      size: { type: ['integer', 'null'], default: null },
      balance: text,
      seed: integer,
    },
    { predicates: { where: 'items' } },
  ),
  declare(
    'sft/mask-errors',
    { trajectories: 'trajectories' },
    { trajectories: 'trajectories' },
    { detector: { enum: ['none', 'invocation', 'traceback', 'nonzero'], default: 'invocation' } },
  ),
  declare(
    'sft/pretrain',
    { checkouts: 'checkouts', model: optional('model') },
    { model: 'model', metrics: 'metrics' },
    {
      model: object({ hidden: integer, layers: integer, vocabulary: integer, steps: integer, batch: integer }),
      exclude: list('string'),
      seed: integer,
    },
    { queue: 'gpu' },
  ),
  declare(
    'sft/train',
    { trajectories: 'trajectories', model: 'model' },
    { model: 'model', metrics: 'metrics' },
    {
      where: { type: ['string', 'null'], default: null },
      share: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 1 },
      seed: integer,
      train: object({
        steps: integer,
        batch: integer,
        learning_rate: { type: 'number', exclusiveMinimum: 0 },
        schedule: text,
        warmup: number,
        weight_decay: number,
        max_grad_norm: number,
        cutoff: integer,
        rope: { enum: ['yarn', null] },
        precision: { enum: ['bf16', 'fp32'] },
        template: text,
      }),
    },
    { queue: 'gpu', predicates: { where: 'trajectory' }, scalars: ['loss', 'steps'] },
  ),
  declare(
    'tts/train-verifier',
    { trajectories: 'trajectories', model: 'model' },
    { verifier: 'verifier', metrics: 'metrics' },
    {
      kind: { enum: ['generative', 'regressive'] },
      balance: number,
      train: object({ epochs: number, learning_rate: number, cutoff: integer, cut: text }),
      seed: integer,
    },
    { queue: 'gpu' },
  ),
  declare(
    'tts/judge',
    { trajectories: 'trajectories', verifier: ['verifier', 'model'] },
    { scores: 'scores' },
    { kind: text },
    { map: true },
  ),
  declare(
    'report/score',
    { instances: 'instances', verdicts: 'verdicts', scores: optional('scores') },
    { score: 'score', table: 'table' },
    { k: list('integer'), budgets: list('integer'), interval: number, cluster: text, pairs: { type: 'array' } },
  ),
  declare(
    'report/compare',
    { scores: 'score' },
    { comparison: 'comparison' },
    {
      metric: { type: ['string', 'array'] },
      baseline: { type: 'object' },
      average: list('string'),
      paired: text,
      correction: text,
      targets: { type: 'array' },
      cells: { type: 'object', default: {} },
    },
  ),
  declare(
    'report/write',
    { score: optional('score'), comparison: optional('comparison'), notes: optional('any') },
    { report: 'report' },
    { title: text, targets: { type: ['string', 'null'], default: null } },
  ),
  declare(
    'command',
    {},
    {},
    { run: { type: ['string', 'array'] }, image: { type: ['string', 'null'] } },
    { declaredByStage: true },
  ),
  declare('data/export', { trajectories: 'trajectories' }, { files: 'file' }, { format: text }),
];

type Kind = string | readonly string[] | InputDeclaration;
type Schema = Record<string, unknown>;

function declare(
  name: string,
  inputs: Record<string, Kind>,
  outputs: Record<string, string>,
  properties: Record<string, Schema>,
  rest: Partial<ActivityDeclaration> = {},
): ActivityDeclaration {
  return {
    name,
    version: 1,
    summary: name,
    queue: 'cpu',
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([input, kind]) => [
        input,
        typeof kind === 'object' && 'kind' in kind ? kind : { kind },
      ]),
    ),
    outputs: Object.fromEntries(Object.entries(outputs).map(([output, kind]) => [output, { kind }])),
    params: { type: 'object', additionalProperties: false, properties },
    ...rest,
  };
}

function optional(kind: string): InputDeclaration {
  return { kind, optional: true };
}

function list(type: string): Schema {
  return { type: 'array', items: { type } };
}

function object(properties: Record<string, Schema>): Schema {
  return { type: 'object', additionalProperties: false, properties };
}
