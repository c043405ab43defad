import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../recipe/errors.js';
import type { JsonObject } from '../../recipe/json.js';
import { compilePredicate } from '../../recipe/expressions/predicate.js';
import type { Trajectory } from '../../schemas/records.js';
import { defineActivity } from '../activity.js';
import { trainSchema, withoutNulls } from './train-params.js';
import { weightsOf } from './weights.js';
import { LossLog } from './loss-log.js';

export default defineActivity({
  name: 'sft/train',
  version: 2,
  summary: 'Fine-tunes a model on the assistant turns of trajectories that are not masked.',
  queue: 'gpu',
  inputs: { trajectories: { kind: 'trajectories' }, model: { kind: 'model', description: 'Where it starts.' } },
  outputs: { model: { kind: 'model' }, metrics: { kind: 'metrics' } },
  scalars: [
    'loss',
    'trajectories',
    'left_out',
    'trained_tokens',
    'trained_turns',
    'masked_turns',
    'presentations',
    'steps',
    'cut',
    'seconds',
    'tokens_per_second',
  ],
  predicates: { where: 'trajectory' },
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      where: { type: ['string', 'null'], default: null, description: 'Predicate over `item`; null takes all.' },
      share: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        default: 1,
        description: "This phase's share of train.steps.",
      },
      train: trainSchema,
      seed: { type: 'integer', default: 17 },
    },
  },

  async run(context) {
    const where = (context.params.where ?? null) as string | null;
    const matches = where === null ? () => true : compilePredicate(where);
    const share = (context.params.share ?? 1) as number;
    const train = (context.params.train ?? {}) as JsonObject;
    const weights = await weightsOf(context, 'model');
    await mkdir(context.directory, { recursive: true });
    const data = join(context.directory, 'data.jsonl');
    const count = { given: 0, kept: 0, trained: 0, masked: 0 };
    async function* lines(): AsyncGenerator<string> {
      for await (const trajectory of context.inputs.records<Trajectory>('trajectories')) {
        count.given += 1;
        if (!matches(trajectory)) continue;
        count.kept += 1;
        for (const message of trajectory.messages) {
          if (message.role !== 'assistant') continue;
          if (message.turn_mask === true) count.masked += 1;
          else count.trained += 1;
        }
        yield `${JSON.stringify(trainingRecord(trajectory))}\n`;
      }
    }
    await pipeline(Readable.from(lines()), createWriteStream(data));
    if (count.trained === 0) {
      throw new UserError(
        'nothing-to-train',
        `sft/train: none of ${count.given} trajectories is left${where === null ? '' : ` by \`${where}\``}, or all turns are masked. Loosen the predicate, or look at the stage that made the trajectories.`,
      );
    }
    const losses = new LossLog();
    const { output, metrics } = await context.trainer.run({
      name: context.name,
      command: 'sft',
      // The Python side counts the turns that its mask leaves and stops where it is another number.
      config: {
        ...weights,
        data,
        train: { ...withoutNulls(train), share },
        seed: context.seed('sft'),
        expected_trained_turns: count.trained,
      },
      directory: join(context.directory, 'job'),
      signal: context.signal,
      onProgress: (step, steps, line) => {
        losses.add(step, line);
        context.progress(step, steps, losses.note());
      },
    });
    const masks = (metrics.masks ?? {}) as JsonObject;
    await context.outputs.writeDirectory('model', output);
    await context.outputs.write('metrics', [{ command: 'sft', share, where, ...metrics, log: losses.points() }]);
    return {
      loss: metrics.loss ?? null,
      trajectories: count.kept,
      left_out: count.given - count.kept,
      trained_tokens: metrics.trained ?? null,
      trained_turns: count.trained,
      masked_turns: count.masked,
      presentations: metrics.presentations ?? null,
      steps: metrics.steps ?? null,
      cut: masks.cut ?? null,
      seconds: metrics.train_seconds ?? null,
      tokens_per_second: metrics.mean_tokens_per_second ?? null,
    };
  },
});

/** What the trainer sees: no verdict, no class. `bin` is counted, not trained: how often which length was shown. */
function trainingRecord(trajectory: Trajectory): JsonObject {
  return {
    bin: String(trajectory.turns),
    messages: trajectory.messages.map(({ role, content, turn_mask: mask }) => ({
      role,
      content,
      ...(mask === true ? { turn_mask: true } : {}),
    })),
  };
}
