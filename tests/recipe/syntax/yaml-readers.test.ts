import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../recipe/json.js';
import { readDocument } from '../../../recipe/syntax/yaml/document-tree.js';
import { readPlain } from '../../../recipe/syntax/yaml/plain-reader.js';
import type { Path, YamlTree } from '../../../recipe/syntax/yaml/tree.js';
import { corpus } from '../fuzz/corpus.js';
import { mutations, requestOf } from '../fuzz/mutation.js';

/** The quick reader is of use only where nobody can tell it from the library. */
describe('the two readers of YAML', () => {
  test('give the same values at the same places, for all recipes that the quick one takes', () => {
    const taken = corpus().filter(({ text }) => compare(text));
    expect(taken.length).toBeGreaterThan(100);
  });

  test('the quick one takes every recipe that is shipped', () => {
    const shipped = corpus().filter(({ name }) => name.startsWith('recipes/'));
    expect(shipped.length).toBeGreaterThan(10);
    expect(shipped.filter(({ text }) => !compare(text)).map(({ name }) => name)).toEqual([]);
  });

  test.each<readonly [string, boolean]>([
    ...['|', '>'].flatMap((style) =>
      ['', '-', '+'].map((chomp) => [`a: ${style}${chomp} # said\n  one\n\n  two\n\n\nb: 1\n`, true] as const),
    ),
    ['a:\n  - |\n    one\n  - >-\n\n    two\n    three\n  - b: |\n      four\n', true],
    ['a: |\n   three\n    four\nb: 1\n', true],
    ['a: >\n  one\n   two\n', false],
    ['a: |\n  one', false],
    ['a: |\nb: 1\n', false],
    ['a: |2\n    one\n', false],
    ['a: {\n  b: 1, # one\n\n  c: [\n    2,\n    3 ],\n  }\nd: 4\n', true],
    ['a:\n  [b,\n   c]\n', true],
    ['a: [b\nc]\n', false],
    ['a: [one\n  two]\n', false],
  ])('%j', (text, taken) => {
    expect(compare(text)).toBe(taken);
  });

  test('and for mutated ones', () => {
    const all = corpus();
    fc.assert(
      fc.property(mutations, (mutation) => {
        compare(requestOf(all, mutation).text);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1000), seed: Number(process.env['FUZZ_SEED'] ?? 1) },
    );
  });
});

/** Whether the quick reader takes it. */
function compare(text: string): boolean {
  const plain = readPlain(text);
  if (plain === undefined) return false;
  const read = readDocument(text);
  if ('tooDeep' in read) throw new Error('the library finds it too deep');
  const { tree, second } = read;
  expect(tree.document.errors.map(({ message }) => message)).toEqual([]);
  expect(second).toBeUndefined();
  expect(plain.data).toEqual(tree.data);
  comparePlaces(plain, tree, plain.data, [], text);
  expect(plain.writtenNumbers()).toEqual(tree.writtenNumbers());
  return true;
}

function comparePlaces(plain: YamlTree, whole: YamlTree, value: Json, path: Path, text: string): void {
  for (const key of [false, true]) {
    const [left, right] = [plain.find(path, key), whole.find(path, key)].map(({ start, end, collection, scalar }) => {
      // Of a block of lines only the first one is ever shown.
      const line = text.indexOf('\n', start);
      return {
        start,
        end: collection && line !== -1 ? Math.min(end, Math.max(line, start + 1)) : end,
        collection,
        scalar,
      };
    });
    expect(left, `${path.join('.')} ${key ? 'key' : 'value'}`).toEqual(right);
  }
  expect(plain.writtenNumber(path)).toBe(whole.writtenNumber(path));
  if (value === null || typeof value !== 'object') return;
  for (const [name, entry] of Object.entries(value))
    comparePlaces(plain, whole, entry, [...path, Array.isArray(value) ? Number(name) : name], text);
}
