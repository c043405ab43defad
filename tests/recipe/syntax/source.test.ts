import { expect, test } from 'vitest';
import { limits } from '../../../recipe/limits.js';
import { Source } from '../../../recipe/syntax/source.js';

test('a file that is too large is refused before it is parsed', () => {
  const { problems, data } = new Source('a.yaml', `# ${'x'.repeat(limits.file)}\n`);
  expect(problems.map(({ code }) => code)).toEqual(['file-too-large']);
  expect(data).toBeNull();
});
