import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureLimit, orderByGroup, shardSizes } from '../../workflows/shards.js';

const items = fc.array(
  fc.record({ key: fc.nat(), group: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }) }),
  { maxLength: 2_000 },
);

type Item = { readonly group?: string | undefined };

function ordered<T extends Item>(given: readonly T[]): T[] {
  const numbers = new Map<unknown, number>();
  const groups = given.map((item) => {
    const name = item.group ?? item;
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
  return [...orderByGroup(Uint32Array.from(groups))].map((item) => given[item] as T);
}

test('orderByGroup keeps every item once, groups together, and the order within a group', () => {
  fc.assert(
    fc.property(items, (given) => {
      const flat = ordered(given);
      expect(new Set(flat)).toEqual(new Set(given));
      expect(flat).toHaveLength(given.length);
      for (const group of ['a', 'b', 'c', 'd']) {
        const of = (list: typeof given) => list.filter((item) => item.group === group);
        expect(of(flat)).toEqual(of(given));
        const first = flat.findIndex((item) => item.group === group);
        expect(flat.slice(first, first + of(given).length)).toEqual(of(given));
      }
      const alone = given.filter(({ group }) => group === undefined);
      expect(flat.filter(({ group }) => group === undefined)).toEqual(alone);
    }),
  );
});

test('shardSizes makes at most 400 shards of at least 200 items, but for the last', () => {
  for (const count of [0, 1, 199, 200, 201, 79_999, 80_000, 80_001, 100_003, 1_000_000]) {
    const sizes = shardSizes(count);
    expect(sizes.length).toBeLessThanOrEqual(400);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThanOrEqual(200);
    expect(Math.min(1, ...sizes)).toBeGreaterThan(0);
  }
});

test('failureLimit counts a share of the items, or takes the count', () => {
  expect(failureLimit(undefined, 10)).toBeUndefined();
  expect(failureLimit({ count: 3 }, 10)).toBe(3);
  expect(failureLimit({ share: 0.3 }, 10)).toBe(3);
  expect(failureLimit({ share: 0.02 }, 49)).toBe(0);
  expect(failureLimit({ share: 1 }, 7)).toBe(7);
});
