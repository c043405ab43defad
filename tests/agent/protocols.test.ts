import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plain } from '../../activities/agent/protocols/plain.js';
import { terse } from '../../activities/agent/protocols/terse.js';
import { text } from '../../activities/agent/protocols/text.js';
import { INSTANCE } from './memory-workspace.js';

const rawLine = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\n'));

describe('terse', () => {
  test('reads back every edit it writes, leading spaces and an empty NEW included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99999 }), rawLine, rawLine, (line, old, replacement) => {
        const call = { tool: 'sed', arguments: { line: String(line), old, new: replacement } };
        expect(terse.parse(terse.format(call))).toEqual({ ok: true, call });
      }),
    );
  });

  test.each(['view', 'test', 'finish'])('reads %s', (tool) => {
    expect(terse.parse(`${tool}\n`)).toEqual({ ok: true, call: { tool, arguments: {} } });
  });

  test('a stripped line end still says that NEW is empty', () => {
    expect(terse.parse('sed 3\n not')).toEqual({
      ok: true,
      call: { tool: 'sed', arguments: { line: '3', old: ' not', new: '' } },
    });
  });

  test.each(['', 'sed', 'sed x\na\nb', 'sed 1', 'sed 1\na\nb\nc', 'I think so'])('%j is no call', (reply) => {
    expect(terse.parse(reply)).toEqual({ ok: false, observation: 'error: unknown tool' });
  });

  test('the task names the symbol and no budget', () => {
    expect(terse.opening(INSTANCE, '1|x')).toEqual([{ role: 'user', content: 'fix less' }]);
    expect(plain.opening(INSTANCE, '1|x')).toEqual([{ role: 'user', content: 'fix less\n1|x' }]);
  });

  test('the plain form takes edits only', () => {
    expect(plain.parse('finish')).toEqual({ ok: false, observation: 'error: unknown tool' });
  });
});

describe('text', () => {
  const value = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('</') && !one.includes('<parameter'));
  test('reads back every call it writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('execute_bash', 'str_replace_editor'),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), value),
        (tool, args) => {
          const call = { tool, arguments: { ...args } };
          expect(text.parse(`I look.\n\n${text.format(call)}`)).toEqual({ ok: true, call });
        },
      ),
    );
  });

  test('a reply cut at the stop word is whole', () => {
    expect(text.parse('<function=finish>\n<parameter=message>done</parameter>\n')).toEqual({
      ok: true,
      call: { tool: 'finish', arguments: { message: 'done' } },
    });
  });

  test('two calls in a reply are refused, with the reason', () => {
    const one = text.format({ tool: 'finish', arguments: {} });
    expect(text.parse(one + one)).toMatchObject({ ok: false });
  });
});
