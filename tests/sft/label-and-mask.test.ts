import { describe, expect, test } from 'vitest';
import { label } from '../../activities/data/label.js';
import { select } from '../../activities/data/select.js';
import { leaks } from '../../activities/data/leak.js';
import { maskErrors } from '../../activities/sft/mask-errors.js';
import type { Trajectory, Verdict } from '../../schemas/records.js';
import { INSTANCE } from '../agent/memory-workspace.js';

const trajectory = (change: Partial<Trajectory> = {}): Trajectory => ({
  trajectory_id: 'p__less-1#0',
  instance_id: 'p__less-1',
  repo: 'p',
  source: 'synthetic',
  row: '',
  sample: 0,
  seed: 1,
  model: 'm',
  messages: [
    { role: 'user', content: 'fix less' },
    { role: 'assistant', content: 'view', tool: 'view' },
    { role: 'user', content: '1|x', tool: 'view' },
    { role: 'assistant', content: 'sed 1\na\nb', tool: 'sed' },
    { role: 'user', content: 'error: no match', tool: 'sed', error: 'invocation' },
    { role: 'assistant', content: 'test', tool: 'test' },
    { role: 'user', content: '1 failed, 0 passed', tool: 'test', error: 'nonzero', exit_code: 1 },
    { role: 'assistant', content: 'sed 9\na\nb', tool: 'sed' },
    { role: 'user', content: 'error: no line', tool: 'sed', error: 'invocation' },
  ],
  patch: '',
  patches: {},
  exit: 'finish',
  turns: 4,
  valid_call: false,
  tokens: 0,
  ...change,
});

const verdict = (resolved: boolean): Verdict => ({
  trajectory_id: 'p__less-1#0',
  instance_id: 'p__less-1',
  repo: 'p',
  row: '',
  sample: 0,
  patch_digest: 'd',
  patch_size: 1,
  status: 'graded',
  resolved,
  FAIL_TO_PASS: { success: [], failure: [] },
  PASS_TO_PASS: { success: [], failure: [] },
  turns: 4,
  tokens: 0,
  valid_call: true,
});

describe('mask-errors', () => {
  const masksOf = (detector: Parameters<typeof maskErrors>[1]) =>
    maskErrors(trajectory(), detector).trajectory.messages.flatMap(({ turn_mask }, index) =>
      turn_mask === true ? [index] : [],
    );

  test('masks the turn whose own observation is the error, and never the final one', () => {
    expect(masksOf('none')).toEqual([]);
    expect(masksOf('invocation')).toEqual([3]);
    expect(masksOf('nonzero')).toEqual([3, 5]);
    expect(maskErrors(trajectory(), 'invocation')).toMatchObject({
      turns: 4,
      masked: ['invocation'],
      sparedFinal: true,
    });
  });

  test('keeps the context and forgets earlier masks', () => {
    const once = maskErrors(trajectory(), 'nonzero').trajectory;
    expect(maskErrors(once, 'none').trajectory).toEqual(trajectory());
  });
});

describe('label', () => {
  const labelOf = (change: Partial<Trajectory>, resolved = false) => {
    const { class: name, failure_class } = label(trajectory(change), verdict(resolved), INSTANCE, 'same-files');
    return [name, failure_class];
  };
  const otherLine = '--- a/p.py\n+++ b/p.py\n@@ -6 +6 @@\n-a\n+b\n';
  test('classes and failure classes', () => {
    expect(labelOf({ patch: INSTANCE.patch }, true)).toEqual(['resolved', undefined]);
    expect(labelOf({ patch: INSTANCE.patch })).toEqual(['semi_resolved', 'incorrect implementation']);
    expect(labelOf({ patch: otherLine })).toEqual(['semi_resolved', 'localization error (write)']);
    expect(labelOf({ patch: otherLine.replaceAll('p.py', 'q.py') })).toEqual([
      'unresolved',
      'localization error (write)',
    ]);
    expect(labelOf({})).toEqual(['unresolved', 'localization error (write)']);
    expect(labelOf({ exit: 'max_turns' })).toEqual(['unresolved', 'ran out of max turns']);
    expect(labelOf({ messages: trajectory().messages.slice(0, 1) })).toEqual([
      'unresolved',
      'localization error (read)',
    ]);
  });

  test('a shell that never saw a failure did not reproduce it', () => {
    const messages: Trajectory['messages'] = [
      { role: 'user', content: 'task' },
      { role: 'assistant', content: 'cat p.py', tool: 'execute_bash' },
      { role: 'user', content: 'p.py', tool: 'execute_bash', exit_code: 0 },
    ];
    expect(labelOf({ messages, patch: otherLine })).toEqual(['semi_resolved', 'failed to reproduce']);
  });

  test('the same call with the same answer three times is a loop', () => {
    const again = trajectory().messages.slice(3, 5);
    const loops = (times: number) =>
      label(
        trajectory({ messages: Array.from({ length: times }, () => again).flat() }),
        verdict(false),
        INSTANCE,
        'none',
      ).loop;
    expect([loops(2), loops(3)]).toEqual([false, true]);
  });

  test.each([
    ['git log --all --oneline', true],
    ['git log -3', false],
    ['git show 0123abcd', true],
    ['git diff', false],
    ['curl https://github.com/x', true],
    ['pip install toolz', true],
    ['pip install -e .', false],
  ])('%s leaks: %s', (content, leak) => {
    expect(leaks(trajectory({ messages: [{ role: 'assistant', content }] }))).toBe(leak);
  });
});

describe('select', () => {
  const items = Array.from({ length: 12 }, (_, index) =>
    trajectory({
      trajectory_id: String(index),
      class: index % 3 === 0 ? 'resolved' : 'semi_resolved',
      repo: index < 9 ? 'a' : 'b',
      turns: index,
    }),
  );
  const params = { where: null, limits: {}, each: null, balance: null, size: null };
  test('every item is kept or has one reason', () => {
    const { kept, dropped } = select(
      items,
      { ...params, where: 'item.turns < 11', limits: { semi_resolved: 2 }, balance: 'repo', size: 3 },
      5,
    );
    const gone = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    expect(kept.length + gone).toBe(items.length);
    expect(kept.length).toBeLessThanOrEqual(3);
    expect(dropped['where']).toBe(1);
    expect([...kept].sort((x, y) => x.turns - y.turns)).toEqual(kept);
  });
  test('the seed decides the draw', () => {
    const ids = (seed: number) =>
      select(items, { ...params, size: 4 }, seed).kept.map(({ trajectory_id }) => trajectory_id);
    expect(ids(1)).toEqual(ids(1));
    expect(new Set([1, 2, 3, 4].map((seed) => ids(seed).join())).size).toBeGreaterThan(1);
  });
});
