import { afterEach, expect, test } from 'vitest';
import { hasColour, isTerminal, paint } from '../../cli/output.js';

const names = ['NO_COLOR', 'FORCE_COLOR', 'TERM', 'CI'];
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));

afterEach(() => {
  for (const name of names) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

function withEnvironment(given: Record<string, string>, terminal: boolean): boolean {
  for (const name of names) delete process.env[name];
  Object.assign(process.env, given);
  return hasColour({ isTTY: terminal } as NodeJS.WriteStream);
}

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
])('%j on a terminal (%s): colour %s', (given, terminal, colour) => {
  expect(withEnvironment(given, terminal)).toBe(colour);
});

test('what is painted is plain text where there is no colour', () => {
  process.env['NO_COLOR'] = '1';
  expect(paint('red', 'text')).toBe('text');
  expect(isTerminal()).toBe(false);
});
