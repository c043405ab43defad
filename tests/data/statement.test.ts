import { describe, expect, test } from 'vitest';
import { leaksGold, statementQuestion, templateStatement } from '../../activities/data/statement.js';
import { instance, lineDiff } from './instances.js';

describe('template', () => {
  test('names function, file and symptom', () => {
    expect(templateStatement(instance({ repo: 'sorting' }))).toMatchInlineSnapshot(`
      "\`Order.before\` gives a wrong result

      In sorting 1.0, \`Order.before\` (sorting/core.py) does not behave as documented.

      What I see:

      \`\`\`
      AssertionError: assert True is False
      \`\`\`"
    `);
  });

  test('says the error in its title', () => {
    const title = templateStatement(instance({ repo: 'a', symptom: 'builtins.TypeError: unsupported operand' })).split(
      '\n',
    )[0];
    expect(title).toBe('`Order.before` fails with TypeError');
  });

  test('stands without a symptom', () => {
    expect(templateStatement(instance({ repo: 'a', symptom: undefined }))).not.toContain('What I see');
  });

  test('tells only the kind of error where the symptom quotes the fix', () => {
    const text = templateStatement(instance({ repo: 'a', symptom: 'NameError: return first < second' }));
    expect(text).toContain('NameError');
    expect(text).not.toContain('first < second');
  });

  test('never has a line of the fix, nor the tests', () => {
    const text = templateStatement(instance({ repo: 'a' }));
    expect(leaksGold(text, instance({ repo: 'a' }))).toBe(false);
    expect(text).not.toContain('test_before');
  });
});

describe('leak of the fix', () => {
  const one = instance({ repo: 'a', patch: lineDiff('a.py', 'x', '    return a', '    return sorted(a,  key=b)') });

  test('is seen through other spacing', () => {
    expect(leaksGold('Just write `return sorted(a, key=b)` there.', one)).toBe(true);
  });

  test('is not seen where the text has the buggy line, or words', () => {
    expect(leaksGold('It does `return a`, unsorted, whatever key is given.', one)).toBe(false);
  });

  test('is not seen in trifles', () => {
    expect(
      leaksGold('else: nothing', instance({ repo: 'a', patch: lineDiff('a.py', 'x', 'a', 'else:'), bug: undefined })),
    ).toBe(false);
  });
});

test('the question for a model has the symptom and no line of code or test id', () => {
  const text = statementQuestion(instance({ repo: 'a' }));
  expect(text).toContain('assert True is False');
  expect(text).toContain('Seen in: before');
  expect(text).not.toContain('return first');
  expect(text).not.toContain('tests/test_core.py');
});
