import { describe, expect, test } from 'vitest';
import { splitPatch, touchesBoth } from '../../activities/data/fixes/split-patch.js';

const checkout = { packages: ['src/pack'], tests: ['tests', 'src/pack/checks.py::Check'] };
const limits = { files: 2, lines: 6 };

const change = (file: string, lines = 1): string =>
  [
    `diff --git a/${file} b/${file}`,
    'index 1111111..2222222 100644',
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -1,${lines} +1,${lines} @@`,
    ...Array.from({ length: lines }, () => '-old'),
    ...Array.from({ length: lines }, () => '+new'),
    '',
  ].join('\n');

describe('splitPatch', () => {
  test('source is gold, tests are the test patch, and the rest is in neither', () => {
    const parts = ['CHANGES.md', 'src/pack/core.py', 'tests/data/case.json', 'tests/test_core.py', 'setup.py'];
    expect(splitPatch(parts.map((file) => change(file)).join(''), checkout, limits)).toEqual({
      patch: change('src/pack/core.py'),
      test_patch: change('tests/data/case.json') + change('tests/test_core.py'),
    });
  });

  test('tests inside of the package are tests, by their place, their name or the list', () => {
    const files = ['src/pack/tests/test_a.py', 'src/pack/core_test.py', 'src/pack/checks.py', 'src/pack/conftest.py'];
    const split = splitPatch(files.map((file) => change(file)).join('') + change('src/pack/core.py'), checkout, limits);
    expect(split).toMatchObject({ patch: change('src/pack/core.py') });
  });

  test.each([
    ['no-source-change', change('README.md') + change('tests/test_core.py')],
    ['no-test-change', change('src/pack/core.py') + change('tests/data/case.json')],
    ['too-large', change('src/pack/core.py', 4) + change('tests/test_core.py')],
    ['too-large', ['a', 'b', 'c'].map((name) => change(`src/pack/${name}.py`)).join('') + change('tests/test_core.py')],
    [
      'rename',
      'diff --git a/src/pack/a.py b/src/pack/b.py\nsimilarity index 100%\nrename from src/pack/a.py\nrename to src/pack/b.py\n',
    ],
  ])('%s', (reason, diff) => {
    expect(splitPatch(diff, checkout, limits)).toMatchObject({ reason });
  });

  test('a change of modes, empty and binary files say nothing', () => {
    const modes = 'diff --git a/src/pack/run.py b/src/pack/run.py\nold mode 100644\nnew mode 100755\n';
    const empty = 'diff --git a/tests/__init__.py b/tests/__init__.py\nnew file mode 100644\nindex 0000000..e69de29\n';
    const binary =
      'diff --git a/src/pack/x.mo b/src/pack/x.mo\nindex 1..2 100644\nBinary files a/src/pack/x.mo and b/src/pack/x.mo differ\n';
    expect(splitPatch(modes + empty + binary + change('tests/test_core.py'), checkout, limits)).toMatchObject({
      reason: 'no-source-change',
    });
  });

  test('without named packages every module that is no test is source', () => {
    const bare = { packages: [], tests: ['tests'] };
    expect(touchesBoth(['core.py', 'tests/test_core.py'], bare)).toBe(true);
    expect(touchesBoth(['setup.py', 'docs/conf.py', 'tests/test_core.py'], bare)).toBe(false);
  });
});
