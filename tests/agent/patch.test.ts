import { expect, test } from 'vitest';
import { parsePatch } from '../../activities/agent/patch.js';

test('lines of the old file, removed and added text, by file', () => {
  const patch = [
    'diff --git a/x.py b/x.py',
    '--- a/x.py',
    '+++ b/x.py',
    '@@ -3,4 +3,5 @@ def f():',
    ' keep',
    '-old',
    '+new',
    '+more',
    ' keep',
    ' keep',
    '@@ -20,0 +22 @@',
    '+--- no header',
    '--- a/gone.py',
    '+++ /dev/null',
    '@@ -1 +0,0 @@',
    '-x',
    '\\ No newline at end of file',
    '',
  ].join('\n');
  expect(parsePatch(patch)).toEqual([
    { file: 'x.py', lines: [4, 20], removed: ['old'], added: ['new', 'more', '--- no header'] },
    { file: 'gone.py', lines: [1], removed: ['x'], added: [] },
  ]);
  expect(parsePatch('')).toEqual([]);
});
