import { expect, test } from 'vitest';
import { table } from '../../cli/table.js';

test('columns are as wide as their widest cell, and no line ends in blanks', () => {
  expect(
    table(
      ['STAGE', '>ITEMS', 'STATE'],
      [
        ['sources', '9', 'cached'],
        ['validate', '1200', ''],
      ],
    ),
  ).toEqual(['STAGE     ITEMS  STATE', 'sources       9  cached', 'validate   1200']);
});
