import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../../../recipe/check/check.js';
import { caretFrame } from '../../../recipe/diagnostics/caret-frame.js';
import { renderText } from '../../../recipe/diagnostics/render-text.js';
import { declarations } from '../declarations.js';

function frames(text: string): string {
  const { diagnostics } = checkRecipe({
    file: 'a.yaml',
    text,
    readText: () => null,
    readFileDigest: () => null,
    activities: declarations,
  });
  return renderText(diagnostics, () => text);
}

describe('the line of a finding', () => {
  test('carets stand below wide characters, and below what follows them', () => {
    expect(caretFrame('name: 模型🙂x', 7, 9)).toEqual({ shown: 'name: 模型🙂x', carets: '      ^^^^' });
    expect(caretFrame('name: 模型🙂x', 11, 12)).toEqual({ shown: 'name: 模型🙂x', carets: '            ^' });
  });

  test('a mark on a letter takes no room', () => {
    expect(caretFrame('e\u0301: x', 5, 6).carets).toBe('   ^');
  });

  test('tabs stay tabs', () => {
    expect(caretFrame('\t\ta: 1', 3, 4).carets).toBe('\t\t^');
  });

  test('of a long line the part around the finding is shown', () => {
    const line = `list: [${'a, '.repeat(200)}wrong, ${'b, '.repeat(200)}]`;
    const { shown, carets } = caretFrame(line, line.indexOf('wrong') + 1, line.indexOf('wrong') + 6);
    expect(shown).toHaveLength(122);
    expect(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('wrong');
    expect([shown.at(0), shown.at(-1)]).toEqual(['…', '…']);
  });

  test('a long finding at the end of a long line', () => {
    const { shown, carets } = caretFrame(`key: ${'x'.repeat(300)}`, 6, 306);
    expect(shown.startsWith('key: xxx') && shown.endsWith('x…')).toBe(true);
    expect(carets).toBe(`     ${'^'.repeat(115)}`);
  });

  test('no half of a character is shown', () => {
    const { shown } = caretFrame('🙂'.repeat(100), 101, 103);
    expect(shown.isWellFormed?.() ?? !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/.test(shown)).toBe(true);
  });

  test('past the end of the line there is one caret', () => {
    expect(caretFrame('ab', 3, 3).carets).toBe('  ^');
    expect(caretFrame('ab', 9, 12).carets).toBe('  ^');
  });
});

describe('findings in whole files', () => {
  test('at the end of the file', () => {
    expect(frames('mortar: 1\nname: "no end')).toMatchInlineSnapshot(`
      "error[yaml-syntax]: Missing closing "quote.
       --> a.yaml:2:14
        |
      2 | name: "no end
        |              ^"
    `);
  });

  test('with the line ends of Windows', () => {
    expect(frames('mortar: 1\r\nname: a\r\nstages:\r\n  one: { uses: data/splt }\r\n')).toMatchInlineSnapshot(`
      "error[unknown-activity]: There is no activity \`data/splt\`; did you mean \`data/split\`?
       --> a.yaml:4:16
        |
      4 |   one: { uses: data/splt }
        |                ^^^^^^^^^"
    `);
  });

  test('behind a byte order mark', () => {
    expect(frames('\uFEFFmortar: 2\nname: a\nstages: { one: { uses: data/split } }\n')).toMatchInlineSnapshot(`
      "error[invalid-value]: \`mortar\` is \`2\`; it takes \`1\`.
       --> a.yaml:1:10
        |
      1 | ﻿mortar: 2
        |         ^"
    `);
  });

  test('a credential is not shown, nor beside another finding of its line', () => {
    const shown = frames('mortar: 1\nname: a\nstages: { one: { uses: data/splt, with: { token: correct-horse } } }\n');
    expect(shown).toContain('*************');
    expect(shown).not.toContain('horse');
  });

  test('an empty file', () => {
    expect(frames('')).toMatchInlineSnapshot(`
      "error[missing-key]: The recipe is empty. \`mortar init\` writes one to begin with.
       --> a.yaml:1:1
        |
      1 | 
        | ^"
    `);
  });
});
