import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../../recipe/index.js';
import { declarations } from '../recipe/declarations.js';
import { fuzz } from '../recipe/fuzz/run.js';

describe('ten thousand mutated recipes', () => {
  test('give a plan or errors, never a crash or an endless loop', () => {
    fuzz(10_000, 2);
  });
});

describe('a recipe of a few lines', () => {
  test('that comes to more stages than a plan can have is refused', () => {
    const entries = Array.from({ length: 60 }, (_, entry) => entry).join(', ');
    const text = `
mortar: 1
name: many
params:
  entries: { type: array, default: [${entries}] }
parts:
  outer:
    stages:
      each: { foreach: '\${{ params.entries }}', uses: part/inner }
    outputs: {}
  inner:
    stages:
      each: { foreach: '\${{ params.entries }}', if: 'params.entries[0] == 1', uses: data/collect }
    outputs: {}
stages:
  all: { foreach: '\${{ params.entries }}', uses: part/outer }
`;
    const { diagnostics, plan } = checkRecipe({
      file: 'many.yaml',
      text,
      readText: () => null,
      readFileDigest: () => null,
      activities: declarations,
    });
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([['plan-too-large', 13]]);
  });
});
