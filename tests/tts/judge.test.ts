import { expect, test } from 'vitest';
import type { ActivityContext, ItemResult } from '../../activities/activity.js';
import judge from '../../activities/tts/judge.js';
import { judgeMessages } from '../../activities/tts/judge-messages.js';
import { yesNo } from '../../activities/tts/yes-no.js';
import type { Trajectory } from '../../schemas/records.js';

const trajectory = (count: number): Trajectory => ({
  trajectory_id: 'i#0',
  instance_id: 'i',
  repo: 'r',
  source: 'synthetic',
  row: '',
  sample: 0,
  seed: 1,
  model: 'm',
  messages: [
    { role: 'user', content: 'task' },
    ...Array.from({ length: count }, (_, index): Trajectory['messages'][number] => ({
      role: index % 2 === 0 ? 'assistant' : 'user',
      content: `${index}`.padEnd(10, '.'),
      turn_mask: true,
    })),
  ],
  patch: 'PATCH',
  patches: {},
  exit: 'finish',
  turns: 1,
  valid_call: true,
  tokens: 1,
  class: 'resolved',
  failure_class: 'none',
});

test('sums the spellings, and is null where neither was seen', () => {
  const top = [
    [' yes', 0.3],
    ['Yes', 0.1],
    ['no', 0.2],
    ['maybe', 0.4],
  ] as const;
  const token = {
    token: 'maybe',
    logprob: Math.log(0.4),
    top: top.map(([text, p]) => ({ token: text, logprob: Math.log(p) })),
  };
  expect(yesNo(token).score).toBeCloseTo(0.4 / 0.6);
  expect(yesNo({ token: 'maybe', logprob: 0 })).toEqual({ score: null, yes: 0, no: 0 });
  expect(yesNo(undefined).score).toBeNull();
});

test('no verdict, class or mask is in the question', () => {
  expect(judgeMessages(trajectory(2), 1000, false)).toEqual([
    { role: 'user', content: 'task' },
    { role: 'assistant', content: '0.........' },
    { role: 'user', content: '1.........' },
    { role: 'user', content: 'correct?' },
  ]);
});

test('too long: the middle goes; task, end, patch and question stay', () => {
  const messages = judgeMessages(trajectory(20), 100, true);
  expect(messages[0]?.content).toBe('task');
  expect(messages.slice(-3).map(({ content }) => content)).toEqual(['19........', 'final patch:\nPATCH', 'correct?']);
  expect(messages.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThanOrEqual(100);
});

test('equal questions are asked once, a failed one is null and counted, rows keep apart', async () => {
  const same = trajectory(2);
  const other = { ...trajectory(4), instance_id: 'j', trajectory_id: 'j#0' };
  const records: Record<string, Trajectory[]> = {
    base: [same],
    sft: [same, { ...same, sample: 1, trajectory_id: 'i#1' }, other],
  };
  const sources = Object.keys(records).map((key) => ({ key, kind: 'trajectories', digest: key }));
  const asked: string[] = [];
  const written: unknown[] = [];
  const context = {
    params: {},
    inputs: {
      sources: (name: string) => (name === 'trajectories' ? sources : []),
      recordsOf: async function* (source: { key: string }) {
        yield* records[source.key] ?? [];
      },
      model: () => ({ kind: 'endpoint', model: 'v', url: 'http://localhost' }),
    },
    outputs: { write: (_name: string, all: Iterable<unknown>) => Promise.resolve(void written.push(...all)) },
    models: {
      open: () =>
        Promise.resolve({
          chat: ({ messages }: { messages: { content: string }[] }) => {
            asked.push(messages.map(({ content }) => content).join('|'));
            if (messages.length > 4) return Promise.reject(new Error('server is gone'));
            return Promise.resolve({
              content: 'yes',
              finish: 'length',
              promptTokens: 9,
              completionTokens: 1,
              logprobs: [{ token: 'yes', logprob: Math.log(0.5), top: [{ token: 'no', logprob: Math.log(0.25) }] }],
            });
          },
          close: () => Promise.resolve(),
        }),
    },
    concurrency: 4,
    progress: () => undefined,
    signal: new AbortController().signal,
  } as unknown as ActivityContext;
  if (judge.map !== true) throw new Error('tts/judge is a map');
  const items = await judge.items(context);
  const results: ItemResult[] = [];
  for await (const result of judge.process(items, context)) results.push(result);
  expect(asked).toHaveLength(2);
  expect(results.filter(({ ok }) => !ok)).toMatchObject([
    { key: 'sft/j#0', class: 'infrastructure', message: 'server is gone' },
  ]);
  expect(await judge.assemble(results, context)).toMatchObject({ scores: 4, null_scores: 1, asked: 2 });
  expect(written).toMatchObject([
    { row: 'base', trajectory_id: 'i#0', verifier: 'generative', score: 2 / 3 },
    { row: 'sft', trajectory_id: 'i#0' },
    { row: 'sft', trajectory_id: 'i#1', sample: 1 },
    { row: 'sft', trajectory_id: 'j#0', score: null },
  ]);
});
