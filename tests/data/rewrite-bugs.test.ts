import { describe, expect, test } from 'vitest';
import { writtenFunction } from '../../activities/data/rewrite-bugs.js';

const original = {
  header: ['    def before(self, other):'],
  docstring: ['        """Whether it comes first."""'],
  text: ['    def before(self, other):', '        """Whether it comes first."""', '        return self.at < other.at'],
};

describe('the function in a reply', () => {
  test('gets the original header, docstring and indentation', () => {
    const reply =
      'Sure!\n```python\ndef before(self, other):\n    """Mine."""\n    if self.at:\n        return True\n    return False\n```\nDone.';
    expect(writtenFunction(reply, original)).toEqual([
      '    def before(self, other):',
      '        """Whether it comes first."""',
      '        if self.at:',
      '            return True',
      '        return False',
    ]);
  });

  test('ends where the reply goes on with something else', () => {
    const reply = 'def before(self, other):\n  return 1\n\nprint(before)\n';
    expect(writtenFunction(reply, original)?.at(-1)).toBe('        return 1');
  });

  test('is found behind a docstring of several lines', () => {
    const reply = '```\ndef before(self, other):\n    """A\n    B\n    """\n    return 2\n```';
    expect(writtenFunction(reply, original)?.slice(2)).toEqual(['        return 2']);
  });

  test.each([
    ['is another function', '```\ndef after(self):\n    return 1\n```'],
    ['is no code', 'I cannot do that.'],
    ['is empty', '```\ndef before(self, other):\n```'],
    ['equals the original', '```\ndef before(self, other):\n    return self.at < other.at\n```'],
  ])('is null where it %s', (_, reply) => {
    expect(writtenFunction(reply, original)).toBeNull();
  });
});
