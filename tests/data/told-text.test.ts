import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changelogEntries } from '../../activities/data/fixes/changelog.js';
import { closedIssues } from '../../activities/data/fixes/closing-keywords.js';
import { toldText } from '../../activities/data/fixes/told-text.js';
import { leaksGold } from '../../activities/data/statement.js';

const patch = [
  'diff --git a/pack/core.py b/pack/core.py',
  '--- a/pack/core.py',
  '+++ b/pack/core.py',
  '@@ -1,4 +1,5 @@',
  ' def clamp(value, low, high):',
  '-    if value < low:',
  '+    if value <= low and high is not None:',
  '+        value = max(value, low)',
  '         return low',
  '     return min(value, high)',
  '',
].join('\n');

describe('toldText', () => {
  test('what happened is told, what was done is not', () => {
    const text = [
      'clamp() forgets the upper bound (#17)',
      '',
      '`clamp(5, 1, 3)` gives 5, and `high` is ignored.',
      'The condition has to be `if value <= low and high is not None:`.',
      'Use `max(value, low)` there.',
      'See https://example.org/o/r/pull/18/files for the change.',
      '',
      '```diff',
      '@@ -1 +1 @@',
      '-a',
      '+b',
      '```',
      'Fixes #17',
      'Signed-off-by: A <a@example.org>',
    ].join('\n');
    expect(toldText(text, patch)).toBe(
      'clamp() forgets the upper bound\n\n`clamp(5, 1, 3)` gives 5, and `high` is ignored.',
    );
  });

  test('a line of the fix that is told in two leaves nothing', () => {
    expect(toldText('It should say\nif value <= low\nand high is not None:\nthere', patch)).toBe('');
  });

  test('an item of a list goes as a whole', () => {
    const text = '- Bounds: it is `max(value, low)`\n  that is returned now\n- Spans\n  of nothing';
    expect(toldText(text, patch)).toBe('- Spans\n  of nothing');
  });

  test('a merge says what was merged in its body', () => {
    const text = 'Merge pull request #4 from someone/branch\n\nBounds are checked';
    expect(toldText(text, patch)).toBe('Bounds are checked');
  });

  test('where only pointers stand nothing is told', () => {
    expect(toldText('Fixes #3', patch)).toBe('');
    expect(toldText('', patch)).toBe('');
  });

  test('whatever surrounds a line of the fix, it is never told', () => {
    const word = fc.stringMatching(/^[a-z `'"<>()]{0,20}$/);
    fc.assert(
      fc.property(fc.array(word), word, fc.nat(3), (words, before, blanks) => {
        const gold = `if  value <=${' '.repeat(blanks)}low and high is not None:`;
        const text = [...words, `${before} ${gold}`, ...words].join('\n');
        expect(leaksGold(toldText(text, patch), { patch })).toBe(false);
      }),
    );
  });
});

test('closing keywords name the issues of this repository, once each', () => {
  const text = [
    'Fixes #3, closes: owner/pack#12 and resolved https://git.example.org/owner/pack/issues/7',
    'fix other/pack#9. Prefixes #4. See #5. closed #3',
    '<!-- Fixes #1 -->',
  ].join('\n');
  expect(closedIssues(text, 'owner/pack')).toEqual([3, 7, 12]);
});

test('a changelog tells its entries, without versions, dates and underlines', () => {
  const added = [
    '1.2.1 (2024-02-03)',
    '------------------',
    '',
    '- clamp() keeps to its bounds',
    '## [1.2.1] - 2024-02-03',
  ];
  const diff = [
    '--- a/CHANGELOG.rst',
    '+++ b/CHANGELOG.rst',
    `@@ -1,1 +1,${added.length + 1} @@`,
    ...added.map((line) => `+${line}`),
    ' 1.2.0',
    '--- a/pack/history.py',
    '+++ b/pack/history.py',
    '@@ -1,0 +1,1 @@',
    '+not = 1',
    '',
  ].join('\n');
  expect(changelogEntries(diff)).toBe('- clamp() keeps to its bounds');
});
