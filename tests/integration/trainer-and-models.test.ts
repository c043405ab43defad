import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModels } from '../../models/index.js';
import type { ModelInput } from '../../models/model.js';
import type { Json, JsonObject } from '../../recipe/json.js';
import { identify, isAlive } from '../../services/process-identity.js';
import { ensureTrainer } from '../../services/trainer-environment.js';
import { createTrainer } from '../../trainer/index.js';
import type { TrainerJob, TrainerPort } from '../../trainer/trainer.js';

let folder: string;
let trainer: TrainerPort;
let python: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-trainer-'));
  ({ python } = await ensureTrainer(() => undefined));
  trainer = createTrainer({ python });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const sizes = { hidden: 32, layers: 1, heads: 2, head_dim: 16, intermediate: 48, vocabulary: 400, max_length: 160 };

async function sources(): Promise<string> {
  const path = join(folder, 'module.py');
  const functions = Array.from(
    { length: 40 },
    (_, i) => `def f${i}(a, b):\n    if a > b + ${i}:\n        return a - ${i}\n    return b\n`,
  );
  await writeFile(path, functions.join('\n'));
  return path;
}

async function pretrainJob(
  name: string,
  train: JsonObject,
  signal = new AbortController().signal,
  seen: number[] = [],
): Promise<TrainerJob> {
  const config: JsonObject = {
    stdlib: false,
    trees: [await sources()],
    seed: 3,
    model: sizes,
    train: { threads: 1, tokens_per_step: 512, ...train },
  };
  return {
    name,
    command: 'pretrain',
    config,
    directory: join(folder, name),
    signal,
    onProgress: (step) => seen.push(step),
  };
}

describe('the trainer', { timeout: 200_000 }, () => {
  it('trains, is found again when it is done, and its model is served with seeds and log-probabilities', async () => {
    const seen: number[] = [];
    const { output, metrics } = await trainer.run(await pretrainJob('whole', { steps: 6 }, undefined, seen));
    expect(seen.at(-1)).toBe(6);
    expect(metrics.steps).toBe(6);
    const again = await trainer.run(await pretrainJob('whole', { steps: 6 }));
    expect(again).toEqual({ output, metrics });

    const models = createModels({ python, logs: join(folder, 'logs') });
    try {
      const input: ModelInput = {
        kind: 'weights',
        digest: 'sha256:whole',
        directory: () => Promise.resolve(output),
        serve: {},
      };
      const [client, second] = await Promise.all([
        models.open(input, { logprobs: true, sampling: true }),
        models.open(input, { logprobs: true }),
      ]);
      const ask = (seed: number, temperature = 1) =>
        client.chat({
          messages: [{ role: 'user', content: 'fix f1' }],
          temperature,
          seed,
          maxTokens: 8,
          logprobs: true,
          topLogprobs: 2,
        });
      const [one, same, other] = await Promise.all([ask(1), ask(1), ask(2)]);
      expect(same).toEqual({ ...one, promptTokens: one.promptTokens });
      expect(other.content).not.toBe(one.content);
      expect(one.logprobs?.[0]?.top).toHaveLength(2);
      const long = await second.chat({
        messages: [{ role: 'user', content: 'word '.repeat(300) }],
        temperature: 0,
        seed: 1,
        maxTokens: 4,
      });
      expect(long.finish).toBe('context');
      await Promise.all([client.close(), second.close()]);
    } finally {
      await models.close();
    }
  });

  it('leaves a job running when the worker drains, attaches to it again, and kills it when the stage is cancelled', async () => {
    const pid = async (): Promise<number> => Number(await readFile(join(folder, 'long', 'pid'), 'utf8'));
    const first = new AbortController();
    const started = trainer.run({
      ...(await pretrainJob('long', { steps: 20_000 }, first.signal)),
      onProgress: () => first.abort(new Error('WORKER_SHUTDOWN')),
    });
    await expect(started).rejects.toThrow('WORKER_SHUTDOWN');
    const running = await pid();
    expect(isAlive(identify(running))).toBe(true);

    const second = new AbortController();
    let steps = 0;
    const attached = trainer.run({
      ...(await pretrainJob('long', { steps: 20_000 }, second.signal)),
      onProgress: () => {
        steps += 1;
        if (steps === 3) second.abort(new Error('CANCELLED'));
      },
    });
    await expect(attached).rejects.toThrow('CANCELLED');
    expect(await pid()).toBe(running);
    expect(isAlive(identify(running))).toBe(false);
  });

  it('says in the words of the Python side what is wrong with a configuration', async () => {
    await expect(trainer.run(await pretrainJob('wrong', { steps: 2, speed: 9 }))).rejects.toThrow(
      /train\.speed is not known/,
    );
  });

  it('runs a program with JSON lines in and out', async () => {
    const answers: Json[] = [];
    try {
      for await (const answer of trainer.stream('no_such_program', [{ a: 1 }])) answers.push(answer);
    } catch (error) {
      expect(String(error)).toMatch(/mortar_trainer\.no_such_program ended with code 1: .*No module named/s);
    }
    expect(answers).toEqual([]);
  });
});
