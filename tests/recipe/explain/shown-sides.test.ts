import { expect, test } from 'vitest';
import { shownSides } from '../../../recipe/explain/shown-sides.js';

test('short values are shown as they are, what is not there as absent', () => {
  expect(shownSides(60, undefined)).toEqual(['60', '(absent)']);
  expect(shownSides('a', { b: 1 })).toEqual(['"a"', '{"b":1}']);
});

test('of long texts the part that differs is shown', () => {
  const text = (steps: number): string =>
    `python3 inputs/script ${'x'.repeat(200)} --steps ${steps} --rate 1.0 --seed 17 --quiet`;
  expect(shownSides(text(60), text(1))).toEqual([
    '"...xxxxxxx --steps 60 --rate 1.0 --se..."',
    '"...xxxxxxx --steps 1 --rate 1.0 --se..."',
  ]);
});

test('long values that look alike at their begin differ by length or digest', () => {
  const list = (last: number): number[] => [...Array.from({ length: 100 }, () => 7), last];
  const [left, right] = shownSides(list(1), list(2));
  expect(left).toMatch(/^\[7,7.*\.\.\. \(203 characters, [0-9a-f]{8}\)$/);
  expect(left).not.toBe(right);
  expect(left.length).toBeLessThanOrEqual(80);
});

test('digests are shown by their first letters', () => {
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
  expect(shownSides(digest('a'), digest('b'), 40)).toEqual(['sha256:aaaaaaaaaaaa...', 'sha256:bbbbbbbbbbbb...']);
});
