import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureLimit, shard } from '../../workflows/shards.js';

const items = fc.array(
  fc.record({ key: fc.nat(), group: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }) }),
  { maxLength: 2_000 },
);

describe('shard', () => {
  test('keeps every item once, groups together, and the order within a group', () => {
    fc.assert(
      fc.property(items, (given) => {
        const flat = shard(given).flat();
        expect(new Set(flat)).toEqual(new Set(given));
        expect(flat).toHaveLength(given.length);
        for (const group of ['a', 'b', 'c', 'd']) {
          const of = (list: typeof given) => list.filter((item) => item.group === group);
          expect(of(flat)).toEqual(of(given));
          const first = flat.findIndex((item) => item.group === group);
          expect(flat.slice(first, first + of(given).length)).toEqual(of(given));
        }
      }),
    );
  });

  test('makes at most 400 shards of at least 200 items, but for the last', () => {
    for (const count of [0, 1, 199, 200, 201, 79_999, 80_000, 80_001, 100_003]) {
      const shards = shard(Array.from({ length: count }, () => ({})));
      expect(shards.length).toBeLessThanOrEqual(400);
      expect(shards.flat().length).toBe(count);
      for (const full of shards.slice(0, -1)) expect(full.length).toBeGreaterThanOrEqual(200);
    }
  });
});

test('failureLimit counts a share of the items, or takes the count', () => {
  expect(failureLimit(undefined, 10)).toBeUndefined();
  expect(failureLimit({ count: 3 }, 10)).toBe(3);
  expect(failureLimit({ share: 0.3 }, 10)).toBe(3);
  expect(failureLimit({ share: 0.02 }, 49)).toBe(0);
  expect(failureLimit({ share: 1 }, 7)).toBe(7);
});
