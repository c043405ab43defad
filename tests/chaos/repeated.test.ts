import { expect, test } from 'vitest';
import { repeated, type TraceLine } from './repeated.js';

const line = (at: number, what: TraceLine['what'], more: Partial<TraceLine> = {}): TraceLine => ({
  ...{ at, pid: 1, what, stage: 's', tag: 't' },
  ...more,
});

test('a stage that runs long after it was committed is found, one that was under way is not', () => {
  const committed = new Map([['s', 10_000]]);
  expect(repeated([line(9_000, 'run'), line(12_000, 'run')], committed, new Map())).toEqual([]);
  expect(repeated([line(9_000, 'run'), line(30_000, 'run')], committed, new Map())).toHaveLength(1);
});

test('an item that was stored before the split is found, one that was stored after it is not', () => {
  const trace = (split: number) => [line(split, 'split'), line(9_000, 'item', { item: '1' })];
  expect(repeated(trace(4_000), new Map(), new Map([['t/1', 5_000]]))).toEqual([]);
  expect(repeated(trace(6_000), new Map(), new Map([['t/1', 5_000]]))).toHaveLength(1);
});
