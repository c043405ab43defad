import { expect, test } from 'vitest';
import { isWeaker } from '../../../engine/control/own-policy.js';
import { takenOver } from '../../../engine/runs/revise.js';
import { testPlan } from '../../integration/plans.js';

const work = (name: string) => ({ with: { name } });

test('a plan takes over equal work from the one before, whatever its number, and the one of its own name first', () => {
  const before = testPlan([
    { id: 'a', ...work('x') },
    { id: 'b', ...work('y') },
    { id: 'c', ...work('y'), expect: 'outputs.n > 1' },
    { id: 'd', aliases: ['e'], ...work('z') },
  ]);
  const after = testPlan([
    { id: 'new', ...work('w') },
    { id: 'b', ...work('y') },
    { id: 'e', ...work('z') },
    { id: 'a', ...work('x'), expect: 'outputs.n > 1' },
    { id: 'other', ...work('x') },
  ]);
  expect(takenOver(before, after)).toEqual([-1, 1, 3, -1, 0]);
});

test('work that failed under less than a run asked for may do better under its own', () => {
  const policy = { order: '', attempts: 1 };
  const failure = { class: 'bug', code: 'bug', message: '' } as const;
  expect(isWeaker(policy, { ...policy, attempts: 3 }, failure)).toBe(true);
  expect(isWeaker({ ...policy, attempts: 3 }, policy, failure)).toBe(false);
  expect(isWeaker(policy, { ...policy, attempts: 3 }, { ...failure, class: 'user' })).toBe(false);
  const late = { ...failure, code: 'timeout' };
  expect(isWeaker({ ...policy, timeout: 1 }, { ...policy, timeout: 2 }, late)).toBe(true);
  expect(isWeaker({ ...policy, timeout: 1 }, policy, late)).toBe(true);
  expect(isWeaker(policy, { ...policy, timeout: 1, attempts: 5 }, late)).toBe(false);
  const items = { ...failure, class: 'items', code: 'too-many-failures' } as const;
  const limit = (share: number) => ({ ...policy, maxFailures: { share } });
  expect(isWeaker(limit(0.1), limit(0.2), items)).toBe(true);
  expect(isWeaker(limit(0.2), limit(0.1), items)).toBe(false);
  expect(isWeaker(policy, policy, items)).toBe(false);
});
