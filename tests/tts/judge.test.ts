import { expect, test } from 'vitest';
import { judgeMessages } from '../../activities/tts/judge-messages.js';
import { yesNo } from '../../activities/tts/yes-no.js';
import type { Trajectory } from '../../schemas/records.js';

const trajectory = (count: number): Trajectory => ({
  trajectory_id: 'i#0', instance_id: 'i', repo: 'r', source: 'synthetic', row: '', sample: 0, seed: 1, model: 'm',
  messages: [
    { role: 'user', content: 'task' },
    ...Array.from({ length: count }, (_, index): Trajectory['messages'][number] => ({ role: index % 2 === 0 ? 'assistant' : 'user', content: `${index}`.padEnd(10, '.'), turn_mask: true })),
  ],
  patch: 'PATCH', patches: {}, exit: 'finish', turns: 1, valid_call: true, tokens: 1, class: 'resolved', failure_class: 'none',
});

test('sums the spellings, and is null where neither was seen', () => {
  const top = [[' yes', 0.3], ['Yes', 0.1], ['no', 0.2], ['maybe', 0.4]] as const;
  const token = { token: 'maybe', logprob: Math.log(0.4), top: top.map(([text, p]) => ({ token: text, logprob: Math.log(p) })) };
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
