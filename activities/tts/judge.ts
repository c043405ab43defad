import { createHash } from 'node:crypto';
import { isUserError, messageOf, UserError } from '../../recipe/errors.js';
import type { Json } from '../../recipe/json.js';
import type { ChatMessage, ModelInput, ServeOptions } from '../../models/model.js';
import type { Judgement, Trajectory } from '../../schemas/records.js';
import { defineActivity, type ActivityContext, type ItemResult, type MapItem } from '../activity.js';
import { concurrently } from '../concurrently.js';
import { judgeMessages } from './judge-messages.js';
import { yesNo } from './yes-no.js';

interface JudgeParams {
  readonly kind: 'generative' | 'regressive';
  readonly name: string | null;
  readonly limit: number;
  readonly patch: boolean;
}

export default defineActivity({
  name: 'tts/judge',
  version: 1,
  summary: 'Asks a verifier how likely each trajectory is right.',
  queue: 'cpu',
  map: true,
  itemInputs: ['trajectories'],
  inputs: {
    trajectories: { kind: 'trajectories', description: 'The key of a source names its row.' },
    verifier: { kind: ['verifier', 'model'], description: 'A trained verifier, or a model asked as it is.' },
  },
  outputs: { scores: { kind: 'scores' } },
  scalars: ['scores', 'null_scores', 'asked', 'score_mean'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      kind: {
        enum: ['generative', 'regressive'],
        default: 'generative',
        description: 'What the verifier was trained as.',
      },
      name: { type: ['string', 'null'], default: null, description: 'Name of the verifier in scores; null: its kind.' },
      limit: { type: 'integer', minimum: 100, default: 400000, description: 'Characters of input; the middle goes.' },
      serve: {
        type: 'object',
        default: {},
        description: 'How a trained verifier is served: engine, max_length, tensor_parallel.',
      },
      patch: { type: 'boolean', default: false, description: 'Give the final patch as a message of its own.' },
    },
  },

  async items(context) {
    const params = read(context);
    const items: MapItem[] = [];
    for await (const { row, trajectory } of rows(context)) {
      const messages = judgeMessages(trajectory, params.limit, params.patch);
      // The group is what is asked: equal questions stand together, and are asked once.
      const asked = digest([trajectory.instance_id, messages]);
      items.push({ key: keyOf(row, trajectory), value: { asked }, group: asked });
    }
    return items;
  },

  async *process(items, context) {
    const params = read(context);
    const model = verifierModel(context);
    refuseHeadless(params.kind, model);
    const wanted = new Map(items.map((item) => [item.key, item]));
    const questions = new Map<string, { keys: string[]; messages: ChatMessage[] }>();
    const found = new Map<string, { row: string; trajectory: Trajectory }>();
    for await (const entry of rows(context)) {
      const key = keyOf(entry.row, entry.trajectory);
      const item = wanted.get(key);
      if (item === undefined) continue;
      const messages = judgeMessages(entry.trajectory, params.limit, params.patch);
      const question = questions.get(item.group ?? key) ?? { keys: [], messages };
      question.keys.push(key);
      questions.set(item.group ?? key, question);
      found.set(key, { row: entry.row, trajectory: { ...entry.trajectory, messages: [] } });
    }
    const client = await context.models.open(model, { logprobs: true }, context.signal);
    let done = 0;
    try {
      const ask = async (question: { keys: string[]; messages: ChatMessage[] }): Promise<ItemResult[]> => {
        try {
          context.signal.throwIfAborted();
          const reply = await client.chat(
            { messages: question.messages, temperature: 0, seed: 0, maxTokens: 1, logprobs: true, topLogprobs: 20 },
            context.signal,
          );
          const { score, yes, no } = yesNo(reply.logprobs?.[0]);
          return question.keys.map((key): ItemResult => {
            const entry = found.get(key);
            if (entry === undefined) throw new Error(`no trajectory for item ${key}`);
            const judgement: Judgement = {
              trajectory_id: entry.trajectory.trajectory_id,
              instance_id: entry.trajectory.instance_id,
              row: entry.row,
              sample: entry.trajectory.sample,
              verifier: params.name ?? params.kind,
              score,
              raw: { yes, no, prompt_tokens: reply.promptTokens },
            };
            return { key, ok: true, record: judgement as unknown as Json };
          });
        } catch (error) {
          if (context.signal.aborted || isUserError(error)) throw error;
          const message = messageOf(error);
          return question.keys.map((key) => ({ key, ok: false, class: 'infrastructure', code: 'judge', message }));
        }
      };
      for await (const results of concurrently(questions.values(), context.concurrency, ask)) {
        done += results.length;
        context.progress(done, items.length);
        yield* results;
      }
    } finally {
      await client.close();
    }
  },

  async assemble(results, context) {
    const byKey = new Map(results.map((result) => [result.key, result]));
    const params = read(context);
    const scores: Judgement[] = [];
    const asked = new Set<string>();
    for await (const { row, trajectory } of rows(context)) {
      const result = byKey.get(keyOf(row, trajectory));
      asked.add(digest([trajectory.instance_id, judgeMessages(trajectory, params.limit, params.patch)]));
      // A judgement that failed is a null score: counted, and never better than one that was given.
      scores.push(
        result?.ok === true
          ? (result.record as unknown as Judgement)
          : {
              trajectory_id: trajectory.trajectory_id,
              instance_id: trajectory.instance_id,
              row,
              sample: trajectory.sample,
              verifier: params.name ?? params.kind,
              score: null,
              raw: {},
            },
      );
    }
    await context.outputs.write('scores', scores);
    const given = scores.flatMap(({ score }) => (score === null ? [] : [score]));
    return {
      scores: scores.length,
      null_scores: scores.length - given.length,
      asked: asked.size,
      score_mean: given.length === 0 ? null : given.reduce((sum, score) => sum + score, 0) / given.length,
    };
  },
});

/** A verifier is an artifact of weights; a `models.*` entry comes as it is. */
function verifierModel(context: ActivityContext): ModelInput {
  const source = context.inputs.sources('verifier').find(({ kind }) => kind === 'verifier');
  if (source === undefined) return context.inputs.model('verifier');
  const serve = (context.params['serve'] ?? {}) as ServeOptions;
  return { kind: 'weights', digest: source.digest, directory: () => context.inputs.directory('verifier'), serve };
}

/**
 * A scalar head answers through the local server, which says `yes` and `no` with the probabilities that its score stands for.
 * @throws UserError `regressive-scoring` where another server would answer with a language model's head that was never trained.
 */
function refuseHeadless(kind: JudgeParams['kind'], model: ModelInput): void {
  if (kind === 'generative') return;
  const engine = model.kind === 'weights' ? (model.serve.engine ?? 'local') : model.kind;
  if (engine === 'local') return;
  throw new UserError(
    'regressive-scoring',
    `tts/judge: kind 'regressive' is served by the local engine, and this verifier is served by ${engine}, whose chat endpoint has no scalar head. Use serve: { engine: local }, or train the verifier with kind 'generative'.`,
    { kind, engine },
  );
}

function read(context: ActivityContext): JudgeParams {
  const given = context.params as unknown as Partial<JudgeParams>;
  return { kind: 'generative', name: null, limit: 400_000, patch: false, ...given };
}

async function* rows(context: ActivityContext): AsyncGenerator<{ row: string; trajectory: Trajectory }> {
  for (const source of context.inputs.sources('trajectories')) {
    for await (const trajectory of context.inputs.recordsOf<Trajectory>(source)) yield { row: source.key, trajectory };
  }
}

/** Two rows may hold the same trajectory id. */
function keyOf(row: string, trajectory: Trajectory): string {
  return row === '' ? trajectory.trajectory_id : `${row}/${trajectory.trajectory_id}`;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
