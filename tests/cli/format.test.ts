import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAge, formatBytes, formatDuration, formatRate, readBytes, remainingTime } from '../../cli/format.js';

test.each([
  [400, '0.4 s'],
  [9_949, '9.9 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [7_800_000, '2 h 10 min'],
  [48 * 3_600_000, '2 d 0 h'],
  [Number.NaN, '-'],
])('%d ms is %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [4_000, '4.0 kB'],
  [83_531_456, '84 MB'],
  [999_600_000, '1.0 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [30, 10_000, '3.0/s'],
  [30, 60_000, '30/min'],
  [1, 240_000, '15/h'],
  [0, 1_000, ''],
  [5, 0, ''],
])('%d in %d ms is a rate of %s', (done, milliseconds, text) => {
  expect(formatRate(done, milliseconds)).toBe(text);
});

test('what is left is never negative, and nothing at the end', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1_000_000), (done, total, milliseconds) => {
      const left = remainingTime(done, total, milliseconds);
      if (left === undefined) return done === 0 || total === 0 || milliseconds === 0;
      return left >= 0 && (done < total || left === 0);
    }),
  );
  expect(remainingTime(25, 100, 10_000)).toBe(30_000);
});

test('ages are in whole seconds and never in the future', () => {
  expect(formatAge(1_000, 13_400)).toBe('12 s ago');
  expect(formatAge(5_000, 1_000)).toBe('0.0 s ago');
});

test('sizes are read as they are written', () => {
  expect(['0', '512 B', '4kB', '100MB', '1.5 GB'].map(readBytes)).toEqual([0, 512, 4_000, 100_000_000, 1_500_000_000]);
  expect(['', 'big', '-1MB', '5 MiB'].map(readBytes)).toEqual([undefined, undefined, undefined, undefined]);
});
