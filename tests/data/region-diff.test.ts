import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePatch } from '../../activities/agent/patch.js';
import { regionDiff } from '../../activities/data/region-diff.js';

test('equal lines at both ends of the region become context', () => {
  const region = {
    file: 'a.py',
    start: 5,
    before: ['1', '2', '3'],
    old: ['def f():', '    x', '    y'],
    new: ['def f():', '    z', '    y'],
    after: ['', 'end'],
  };
  expect(regionDiff(region)).toMatchInlineSnapshot(`
    "diff --git a/a.py b/a.py
    --- a/a.py
    +++ b/a.py
    @@ -3,7 +3,7 @@
     2
     3
     def f():
    -    x
    +    z
         y
     
     end
    "
  `);
});

const line = fc.constantFrom('a', 'b', 'c', '', '    d');
test('the diff, read again, turns the old file into the new one', () => {
  fc.assert(
    fc.property(
      fc.array(line),
      fc.array(line, { minLength: 1 }),
      fc.array(line, { minLength: 1 }),
      fc.array(line),
      (before, old, made, after) => {
        fc.pre(old.join('\n') !== made.join('\n'));
        const patch = regionDiff({
          file: 'f',
          start: before.length + 1,
          before: before.slice(-3),
          old,
          new: made,
          after: after.slice(0, 3),
        });
        const header = /@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n([\s\S]*)\n$/.exec(patch);
        const body = (header?.[5] ?? '').split('\n');
        const [first, oldCount, newCount] = [Number(header?.[1]), Number(header?.[2]), Number(header?.[4])];
        const file = [...before, ...old, ...after];
        const side = (marks: string): string[] =>
          body.filter((text) => marks.includes(text[0] ?? '?')).map((text) => text.slice(1));
        expect(side(' -')).toEqual(file.slice(first - 1, first - 1 + oldCount));
        expect(side(' +')).toHaveLength(newCount);
        const result = [...file.slice(0, first - 1), ...side(' +'), ...file.slice(first - 1 + oldCount)];
        expect(result).toEqual([...before, ...made, ...after]);
        expect(parsePatch(patch)[0]?.added).toEqual(side('+'));
      },
    ),
  );
});
