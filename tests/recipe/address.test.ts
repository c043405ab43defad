import { expect, test } from 'vitest';
import { nodeAt } from '../../recipe/address.js';

const nodes = [
  { id: 'validate', aliases: [] },
  { id: 'masked@masking=none', aliases: ['masked@masking=off'] },
  { id: 'masked@masking=traceback', aliases: [] },
  { id: 'sft[easy]@masking=none,seed.train=17', aliases: [] },
];

test('a stage is found by its address, an alias, and its name in a cell that shares it', () => {
  expect(nodeAt(nodes, 'validate')).toBe(0);
  expect(nodeAt(nodes, 'masked@masking=off')).toBe(1);
  expect(nodeAt(nodes, 'validate@masking=none,seed.train=17')).toBe(0);
  expect(nodeAt(nodes, 'masked@masking=traceback,seed.train=17')).toBe(2);
  expect(nodeAt(nodes, 'sft[easy]@seed.train=17,masking=none')).toBe(3);
});

test('what is no stage, or more than one, is not guessed', () => {
  for (const address of ['masked', 'masked@seed.train=17', 'sft[easy]@seed.train=17', 'valid', 'valid@a=b'])
    expect(nodeAt(nodes, address)).toBeUndefined();
});
