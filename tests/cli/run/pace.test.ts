import { expect, test } from 'vitest';
import { Pace } from '../../../cli/run/pace.js';

test('a rate counts from when the stage was first seen, so items of an earlier attempt do not flatter it', () => {
  const pace = new Pace();
  expect(pace.describe('validate', { done: 100, total: 400 }, 0)).toBe('100/400');
  expect(pace.describe('validate', { done: 130, total: 400, failed: 2 }, 10_000)).toBe(
    '130/400, 3.0/s, 1 min 30 s left, 2 bad',
  );
});

test('a stage that was started again counts from its new beginning', () => {
  const pace = new Pace();
  pace.describe('sft', { done: 50, total: 100 }, 0);
  expect(pace.describe('sft', { done: 10, total: 100, note: 'loss 2.1' }, 60_000)).toBe('10/100, loss 2.1');
  expect(pace.describe('sft', { done: 20, total: 100 }, 70_000)).toBe('20/100, 1.0/s, 1 min 20 s left');
});

test('without a total only the note is told', () => {
  expect(new Pace().describe('fetch', { done: 0, total: 0, note: 'listing' }, 0)).toBe('listing');
});
