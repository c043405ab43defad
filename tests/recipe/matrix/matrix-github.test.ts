import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../recipe/json.js';
import { cellsOf } from '../../../recipe/matrix/matrix.js';
import { Reporter } from '../../../recipe/syntax/reporter.js';
import { Source } from '../../../recipe/syntax/source.js';

/** What GitHub's documentation of matrix strategies says of its own examples. */
const cells = (matrix: JsonObject): JsonObject[] => {
  const axes = [...new Set(Object.keys(matrix))].filter((axis) => axis !== 'include' && axis !== 'exclude');
  const place = { source: new Source('recipe.yaml', ''), path: ['matrix'] };
  return cellsOf({ raw: matrix as Json, place }, axes, new Reporter()).map(({ values }) => ({ ...values }));
};

describe('a matrix has the cells that GitHub Actions documents', () => {
  test('every combination, the last axis fastest', () => {
    expect(cells({ version: [10, 12, 14], os: ['ubuntu-latest', 'windows-latest'] })).toEqual([
      { version: 10, os: 'ubuntu-latest' },
      { version: 10, os: 'windows-latest' },
      { version: 12, os: 'ubuntu-latest' },
      { version: 12, os: 'windows-latest' },
      { version: 14, os: 'ubuntu-latest' },
      { version: 14, os: 'windows-latest' },
    ]);
  });

  test('an include may overwrite what an include added, never an original value', () => {
    const include: JsonObject[] = [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ];
    expect(cells({ fruit: ['apple', 'pear'], animal: ['cat', 'dog'], include })).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test('an include that matches expands one combination', () => {
    const include = [{ os: 'windows-latest', node: 16, npm: 6 }];
    expect(cells({ os: ['windows-latest', 'ubuntu-latest'], node: [14, 16], include })).toEqual([
      { os: 'windows-latest', node: 14 },
      { os: 'windows-latest', node: 16, npm: 6 },
      { os: 'ubuntu-latest', node: 14 },
      { os: 'ubuntu-latest', node: 16 },
    ]);
  });

  test('an include that matches nothing is a combination more', () => {
    const os = ['macos-latest', 'windows-latest', 'ubuntu-latest'];
    const found = cells({ os, version: [12, 14, 16], include: [{ os: 'windows-latest', version: 17 }] });
    expect(found).toHaveLength(10);
    expect(found.at(-1)).toEqual({ os: 'windows-latest', version: 17 });
  });

  test('includes alone are the combinations', () => {
    const include: JsonObject[] = [
      { site: 'production', datacenter: 'site-a' },
      { site: 'staging', datacenter: 'site-b' },
    ];
    expect(cells({ include })).toEqual(include);
  });

  test('an exclude needs to match in part only', () => {
    const exclude: JsonObject[] = [
      { os: 'macos-latest', version: 12, environment: 'production' },
      { os: 'windows-latest', version: 16 },
    ];
    const found = cells({
      os: ['macos-latest', 'windows-latest'],
      version: [12, 14, 16],
      environment: ['staging', 'production'],
      exclude,
    });
    expect(found).toHaveLength(9);
    expect(found).not.toContainEqual({ os: 'macos-latest', version: 12, environment: 'production' });
    expect(found.filter(({ os, version }) => os === 'windows-latest' && version === 16)).toEqual([]);
  });

  test('includes come after excludes, so that an excluded combination can be added again', () => {
    const found = cells({
      os: ['a', 'b'],
      version: [1, 2],
      exclude: [{ os: 'a' }],
      include: [{ os: 'a', version: 2 }],
    });
    expect(found).toEqual([
      { os: 'b', version: 1 },
      { os: 'b', version: 2 },
      { os: 'a', version: 2 },
    ]);
  });

  test('more than 256 combinations are no error', () => {
    expect(cells({ a: [...Array(20).keys()], b: [...Array(20).keys()] })).toHaveLength(400);
  });
});
