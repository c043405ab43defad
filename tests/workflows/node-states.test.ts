import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NodeStates } from '../../workflows/node-states.js';

test('a retry frees what was held, failed or skipped, with all that was skipped because of it, and nothing else', () => {
  const letters = fc.string({
    unit: fc.constantFrom('.', 'r', 'c', 'd', 'h', 'f', 'S', 's'),
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(letters, fc.array(fc.nat(39)), (given, chosen) => {
      const states = new NodeStates(given);
      const nodes = chosen.filter((node) => node < given.length);
      states.retry(nodes);
      const expected = [...given].map((letter, node) =>
        letter === 's' || (nodes.includes(node) && 'hfS'.includes(letter)) ? '.' : letter,
      );
      expect(states.toString()).toBe(expected.join(''));
    }),
  );
});

test('a node that is not there is an error, not a new state', () => {
  expect(() => NodeStates.waiting(3).set(3, 'd')).toThrow('no node 3 among 3');
});
