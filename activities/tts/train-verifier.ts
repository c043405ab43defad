import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../recipe/errors.js';
import type { JsonObject } from '../../recipe/json.js';
import type { Trajectory } from '../../schemas/records.js';
import { defineActivity } from '../activity.js';
import { trainProperties, withoutNulls } from '../sft/train-params.js';
import { weightsOf } from '../sft/weights.js';
import { judgeMessages } from './judge-messages.js';
import { LossLog } from '../sft/loss-log.js';

interface VerifierParams {
  readonly kind: 'generative' | 'regressive';
  readonly balance: number | null;
  readonly holdout: number;
  readonly evaluations: number;
  readonly limit: number;
  readonly patch: boolean;
  readonly train: JsonObject;
}

export default defineActivity({
  name: 'tts/train-verifier',
  version: 2,
  summary: 'Trains a verifier on graded trajectories: did this one mend its bug?',
  queue: 'gpu',
  inputs: {
    trajectories: { kind: 'trajectories', description: 'Labelled: they have a class.' },
    model: { kind: 'model', description: 'Where it starts.' },
  },
  outputs: { verifier: { kind: 'verifier' }, metrics: { kind: 'metrics' } },
  scalars: [
    'loss',
    'trajectories',
    'successes',
    'unlabelled',
    'duplicates',
    'holdout',
    'auc',
    'steps',
    'chosen_step',
    'seconds',
  ],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      kind: {
        enum: ['generative', 'regressive'],
        default: 'generative',
        description: "generative: the token 'yes' against 'no'. regressive: a scalar head.",
      },
      balance: {
        type: ['number', 'null'],
        exclusiveMinimum: 0,
        default: null,
        description: 'Most of one label for each of the other; null keeps all.',
      },
      holdout: {
        type: 'number',
        minimum: 0,
        maximum: 0.9,
        default: 0,
        description: 'Share of instances that is scored, not trained: gives `auc`.',
      },
      evaluations: {
        type: 'integer',
        minimum: 1,
        default: 1,
        description:
          'How often the held-out share is scored while training; the weights with the lowest log loss on it are kept.',
      },
      limit: { type: 'integer', minimum: 100, default: 400000, description: 'Characters of input; the middle goes.' },
      patch: {
        type: 'boolean',
        default: false,
        description: 'Give the final patch as a message of its own, as tts/judge will.',
      },
      train: {
        type: 'object',
        additionalProperties: false,
        default: {},
        properties: {
          ...trainProperties,
          epochs: { type: 'number', exclusiveMinimum: 0, description: 'Used where steps is not given.' },
          cut: { enum: ['middle'], description: 'What goes where an example is longer than cutoff.' },
        },
      },
      seed: { type: 'integer', default: 17 },
    },
  },

  async run(context) {
    const params: VerifierParams = {
      kind: 'generative',
      balance: null,
      holdout: 0,
      evaluations: 1,
      limit: 400_000,
      patch: false,
      train: {},
      ...(context.params as unknown as Partial<VerifierParams>),
    };
    const weights = await weightsOf(context, 'model');
    const seen = new Set<string>();
    const lines: Record<'data' | 'holdout', string[]> = { data: [], holdout: [] };
    let unlabelled = 0;
    let duplicates = 0;
    for await (const trajectory of context.inputs.records<Trajectory>('trajectories')) {
      if (trajectory.class === undefined || trajectory.exit === 'infrastructure') {
        unlabelled += 1;
        continue;
      }
      // Equal patches of an instance would teach the same thing many times, and the easy ones most.
      const identity = createHash('sha256')
        .update(JSON.stringify([trajectory.instance_id, trajectory.patch]))
        .digest('hex');
      if (seen.has(identity)) {
        duplicates += 1;
        continue;
      }
      seen.add(identity);
      // By instance: attempts at one bug never stand on both sides.
      const held = context.seed('holdout', trajectory.instance_id) / 2 ** 31 < params.holdout;
      lines[held ? 'holdout' : 'data'].push(
        JSON.stringify({
          messages: judgeMessages(trajectory, params.limit, params.patch),
          label: trajectory.class === 'resolved',
        }),
      );
    }
    if (lines.data.length === 0) {
      throw new UserError(
        'nothing-to-train',
        `tts/train-verifier: no labelled trajectory is left (${unlabelled} have no class). Pass trajectories through data/label first.`,
      );
    }
    await mkdir(context.directory, { recursive: true });
    const data = join(context.directory, 'data.jsonl');
    const holdout = join(context.directory, 'holdout.jsonl');
    await writeFile(data, `${lines.data.join('\n')}\n`);
    await writeFile(holdout, lines.holdout.map((line) => `${line}\n`).join(''));
    const losses = new LossLog();
    const { output, metrics } = await context.trainer.run({
      name: context.name,
      command: 'verifier',
      config: {
        ...weights,
        data,
        kind: params.kind,
        balance: params.balance,
        train: withoutNulls(params.train),
        seed: context.seed('verifier'),
        ...(lines.holdout.length === 0 ? {} : { holdout, evaluations: params.evaluations }),
      },
      directory: join(context.directory, 'job'),
      signal: context.signal,
      onProgress: (step, steps, line) => {
        losses.add(step, line);
        context.progress(step, steps, losses.note());
      },
    });
    await context.outputs.writeDirectory('verifier', output);
    await context.outputs.write('metrics', [{ command: 'verifier', ...metrics, log: losses.points() }]);
    return {
      loss: metrics.loss ?? null,
      trajectories: metrics.trajectories ?? null,
      successes: metrics.successes ?? null,
      unlabelled,
      duplicates,
      holdout: lines.holdout.length,
      auc: metrics.holdout_auc ?? null,
      steps: metrics.steps ?? null,
      chosen_step: metrics.chosen_step ?? null,
      seconds: metrics.train_seconds ?? null,
    };
  },
});
