import { join } from 'node:path';
import type { JsonObject } from '../../recipe/json.js';
import type { Checkout } from '../../schemas/records.js';
import { defineActivity, type ActivityContext } from '../activity.js';
import { trainProperties, withoutNulls } from './train-params.js';
import { isNamed, sourceFolders } from './trees.js';
import { weightsOf } from './weights.js';
import { LossLog } from './loss-log.js';

const SIZES = ['hidden', 'layers', 'heads', 'kv_heads', 'head_dim', 'intermediate', 'vocabulary', 'max_length'];
/** Roles of a source list. */
const HELD_OUT = ['test', 'development', 'verifier'];
const size = (description: string) => ({ type: 'integer', minimum: 1, description });

export default defineActivity({
  name: 'sft/pretrain',
  version: 2,
  summary: 'Trains a small Qwen3 model from random weights on mended functions of real packages.',
  queue: 'gpu',
  inputs: {
    checkouts: { kind: 'checkouts' },
    model: { kind: 'model', optional: true, description: 'Goes on from it: the control with the same extra compute.' },
  },
  outputs: { model: { kind: 'model' }, metrics: { kind: 'metrics' } },
  scalars: [
    'loss',
    'parameters',
    'tokens',
    'steps',
    'functions',
    'repositories',
    'excluded_repositories',
    'excluded_functions',
    'seconds',
    'tokens_per_second',
  ],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      model: {
        type: 'object',
        additionalProperties: false,
        default: {},
        description: 'Sizes, and how it is trained.',
        properties: {
          hidden: size('Width.'),
          layers: size('Layers.'),
          heads: size('Query heads.'),
          kv_heads: size('Key and value heads.'),
          head_dim: size('Dimensions of a head.'),
          intermediate: size('Width of the feed-forward part.'),
          vocabulary: size('Tokens of the tokenizer.'),
          max_length: size('Context in tokens.'),
          ...trainProperties,
        },
      },
      corpus: {
        type: 'object',
        additionalProperties: false,
        default: {},
        properties: {
          lines: { type: 'integer', minimum: 2, default: 14, description: 'Visible lines of a function, at most.' },
          characters: { type: 'integer', minimum: 20, default: 500, description: 'Characters of a function, at most.' },
          code_weight: {
            type: 'number',
            minimum: 0,
            default: 0.2,
            description: 'Weight of the code in the loss; a fix weighs 1.',
          },
          judge_share: {
            type: 'number',
            minimum: 0,
            maximum: 1,
            default: 0.3,
            description: 'Share of samples that end with the question of a verifier.',
          },
          bugs: {
            type: 'array',
            items: { type: 'number', minimum: 0 },
            default: [0.5, 0.3, 0.2],
            description: 'Shares of one, two, three bugs.',
          },
          edits: {
            type: ['array', 'null'],
            items: { type: 'string' },
            default: null,
            description: 'Kinds of edits that are made, as in data/inject-bugs; null for all.',
          },
        },
      },
      stdlib: { type: 'boolean', default: true, description: 'The standard library of the trainer, too.' },
      exclude: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Held-out repositories. Functions that look like theirs are left out wherever they stand.',
      },
      seed: { type: 'integer', default: 17 },
    },
  },

  async run(context) {
    const { params } = context;
    const given = (params.model ?? {}) as JsonObject;
    const corpus = await corpusOf(context, (params.exclude ?? []) as string[]);
    const going = context.inputs.has('model') ? await weightsOf(context, 'model') : undefined;
    const config: JsonObject = {
      trees: corpus.trees,
      excluded_trees: corpus.excludedTrees,
      stdlib: params.stdlib ?? true,
      corpus: params.corpus ?? {},
      model: pick(given, (name) => SIZES.includes(name)),
      train: withoutNulls(pick(given, (name) => !SIZES.includes(name))),
      // Going on means other bugs of the same functions, not the same samples again.
      seed: context.seed(going === undefined ? 'pretrain' : 'continue'),
      ...(going === undefined ? {} : { continue_from: going.model }),
    };
    const losses = new LossLog();
    const { output, metrics } = await context.trainer.run({
      name: context.name,
      command: 'pretrain',
      config,
      directory: join(context.directory, 'job'),
      signal: context.signal,
      onProgress: (step, steps, line) => {
        losses.add(step, line);
        context.progress(step, steps, losses.note());
      },
    });
    const counts = (metrics.corpus ?? {}) as JsonObject;
    await context.outputs.writeDirectory('model', output);
    await context.outputs.write('metrics', [{ command: 'pretrain', ...metrics, log: losses.points() }]);
    context.log('info', 'held-out code was left out of the corpus', {
      repositories: corpus.excluded,
      functions: counts.functions_excluded_by_hash ?? 0,
    });
    return {
      loss: metrics.loss ?? null,
      parameters: metrics.parameters ?? null,
      tokens: metrics.tokens ?? null,
      steps: metrics.steps ?? null,
      functions: counts.functions ?? null,
      repositories: corpus.included.length,
      excluded_repositories: corpus.excluded.length,
      excluded_functions: counts.functions_excluded_by_hash ?? null,
      seconds: metrics.train_seconds ?? null,
      tokens_per_second: metrics.mean_tokens_per_second ?? null,
    };
  },
});

/** By name here; by normalised hash of the function in Python, where the trees are read. */
async function corpusOf(context: ActivityContext, exclude: readonly string[]) {
  const trees: string[] = [];
  const excludedTrees: string[] = [];
  const included: string[] = [];
  const excluded: string[] = [];
  for await (const checkout of context.inputs.records<Checkout>('checkouts')) {
    // What measures is never trained on, even where a recipe forgets to list it; nor is what the verifier learns from, or
    // the policy would do better there than where it is judged.
    const out = isNamed(checkout.repo, exclude) || HELD_OUT.includes(checkout.role ?? '');
    (out ? excluded : included).push(checkout.repo);
    (out ? excludedTrees : trees).push(...(await sourceFolders(checkout, context)));
  }
  for (const name of exclude) {
    if (!excluded.some((repo) => isNamed(repo, [name]))) {
      context.log(
        'warn',
        `sft/pretrain: held-out repository '${name}' is not among the checkouts, so copies of its functions cannot be found`,
      );
    }
  }
  return { trees: trees.sort(), excludedTrees: excludedTrees.sort(), included, excluded };
}

function pick(object: JsonObject, wanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => wanted(name)));
}
