import { expect, test } from 'vitest';
import { changedInputs, type KnownSource } from '../../../recipe/explain/input-changes.js';

function from(name: string, digest: string): KnownSource {
  return { name, source: { from: 'file', path: name, digest }, given: { digest } };
}

test('a source more in a list is one change, wherever it stands', () => {
  const [a, b, c] = [from('a', '1'), from('b', '2'), from('c', '3')];
  expect(changedInputs({ in: [a, b] }, { in: [c, a, b] })).toEqual([{ input: 'in', after: c }]);
  expect(changedInputs({ in: [a, b, c] }, { in: [a, c] })).toEqual([{ input: 'in', before: b }]);
});

test('the same name with another digest has changed; the same digest under another name has not', () => {
  const [old, now] = [from('a', '1'), from('a', '2')];
  expect(changedInputs({ in: [old] }, { in: [now] })).toEqual([{ input: 'in', before: old, after: now }]);
  expect(changedInputs({ in: [old] }, { in: [from('z', '1')] })).toEqual([]);
});

test('another source in the place of one that is gone is one change', () => {
  const [old, now] = [from('a', '1'), from('z', '2')];
  expect(changedInputs({ in: [old] }, { in: [now] })).toEqual([{ input: 'in', before: old, after: now }]);
});
