import fc from 'fast-check';
import { expect, test } from 'vitest';
import { activities } from '../../../activities/registry.js';
import { moduleUse, packageOf } from '../../../recipe/planning/activity-modules.js';
import { completed, declarationOf, shapeProblems } from '../../../recipe/planning/activity-shape.js';

test.each([
  ['./activities/mine.ts', 'recipes/activities/mine.ts'],
  ['../mine.mjs', 'mine.mjs'],
  ['./mine.mts#clean', 'recipes/mine.mts#clean'],
  ['package/activity', 'recipes:package/activity'],
  ['@scope/package/activity', 'recipes:@scope/package/activity'],
])('%s is a module, whose key is %s', (uses, key) => {
  expect(moduleUse(uses, 'recipes/a.yaml')?.key).toBe(key);
});

test.each(['command', './other.yaml', './mine.py', '/mine.ts', '@scope/package', 'part', '', './', '../..', 'a b/c'])(
  '%j is no module',
  (uses) => {
    expect(moduleUse(uses, 'recipes/a.yaml')).toBeUndefined();
  },
);

test('two recipes of one folder mean the same by the same words', () => {
  fc.assert(
    fc.property(fc.string(), (uses) => {
      expect(moduleUse(uses, 'recipes/a.yaml')?.key).toBe(moduleUse(uses, 'recipes/b.yaml')?.key);
    }),
  );
});

test('the package of a name with a scope is both its words', () => {
  expect([packageOf('@scope/package/deep/activity'), packageOf('package/activity')]).toEqual([
    '@scope/package',
    'package',
  ]);
});

test("Mortar's own activities have the shape that is asked of others, but for their names and the command's trait", () => {
  for (const { declaredByStage: _trait, ...activity } of activities)
    expect([activity.name, ...shapeProblems(activity, [])]).toEqual([activity.name]);
});

test('whatever is exported, the check says what is wrong and never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(shapeProblems(value, activities).length).toBeGreaterThan(0);
    }),
  );
});

test('an instance of a class keeps its methods, and its declaration is plain data', () => {
  class Counter {
    readonly name = 'mine/count';
    readonly summary = 'Counts.';
    readonly #start = 3;
    async run(): Promise<{ start: number }> {
      return { start: this.#start };
    }
  }
  const counter = new Counter();
  expect(shapeProblems(counter, activities)).toEqual([]);
  const whole = completed(counter);
  expect(declarationOf(whole)).toEqual({
    name: 'mine/count',
    summary: 'Counts.',
    version: 1,
    queue: 'cpu',
    inputs: {},
    outputs: {},
    params: { type: 'object', properties: {}, additionalProperties: false },
  });
  return expect((whole as unknown as Counter).run()).resolves.toEqual({ start: 3 });
});
