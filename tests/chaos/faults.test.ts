import { expect, test } from 'vitest';
import { scheduleFaults } from './faults.js';

test('a seed gives the same faults again, and another one others', () => {
  expect(scheduleFaults(7, 100)).toEqual(scheduleFaults(7, 100));
  expect(scheduleFaults(7, 100)).not.toEqual(scheduleFaults(8, 100));
  // Asking for more leaves the first ones as they are.
  expect(scheduleFaults(7, 100).slice(0, 20)).toEqual(scheduleFaults(7, 20));
});

test('every kind of fault comes before any comes again', () => {
  const kinds = (count: number) => new Set(scheduleFaults(3, count).map(({ fault }) => fault.kind));
  expect(kinds(15)).toEqual(kinds(200));
  expect(kinds(15).size).toBe(15);
});
