import { describe, test } from 'vitest';
import { fuzz } from './fuzz/run.js';

/** A slice that is the same every time; tests/integration/recipe-fuzz.test.ts has the rest. */
describe('mutated recipes', () => {
  test('give a plan or errors, never a crash or an endless loop', () => {
    fuzz(400, 1);
  });
});
