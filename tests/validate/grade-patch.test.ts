import { describe, expect, test } from 'vitest';
import { gradeOf, patchSize, withoutFiles } from '../../activities/validate/grade-patch.js';

const instance = { FAIL_TO_PASS: ['t::a'], PASS_TO_PASS: ['t::b', 't::c'] };

describe('gradeOf', () => {
  test('resolved: what failed passes, and what passed still does', () => {
    expect(
      gradeOf(instance, { status: 'ran', outcomes: { 't::a': 'passed', 't::b': 'passed', 't::c': 'skipped' } }),
    ).toEqual({
      status: 'graded',
      resolved: true,
      FAIL_TO_PASS: { success: ['t::a'], failure: [] },
      PASS_TO_PASS: { success: ['t::b', 't::c'], failure: [] },
    });
  });

  test.each([
    ['a skipped test mends nothing', { 't::a': 'skipped', 't::b': 'passed', 't::c': 'passed' }],
    ['a test that did not run has failed', { 't::a': 'passed', 't::b': 'passed' }],
    ['a test broken by the patch', { 't::a': 'passed', 't::b': 'failed', 't::c': 'passed' }],
    ['nothing ran', {}],
  ] as const)('not resolved: %s', (_why, outcomes) => {
    expect(gradeOf(instance, { status: 'ran', outcomes }).resolved).toBe(false);
  });

  test('a run that was cut off is not resolved, whatever passed before', () => {
    const outcomes = { 't::a': 'passed', 't::b': 'passed', 't::c': 'passed' } as const;
    expect(gradeOf(instance, { status: 'timeout', outcomes })).toMatchObject({ status: 'timeout', resolved: false });
    expect(gradeOf(instance, { status: 'crashed', outcomes })).toMatchObject({ status: 'graded', resolved: false });
  });

  test('an instance without a failing test cannot be resolved', () => {
    expect(gradeOf({ FAIL_TO_PASS: [], PASS_TO_PASS: [] }, { status: 'ran', outcomes: {} }).resolved).toBe(false);
  });
});

test('withoutFiles drops the changes to some files, in both forms of a diff', () => {
  const plain = '--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n--- a/t.py\n+++ b/t.py\n@@ -1 +1 @@\n-c\n+d\n';
  const git =
    'diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1 +1 @@\n-c\n+d\ndiff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n';
  const kept = '--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n';
  expect(withoutFiles(plain, (file) => file === 't.py')).toBe(kept);
  expect(withoutFiles(git, (file) => file === 't.py')).toBe(`diff --git a/x.py b/x.py\n${kept}`);
});

test('patchSize counts changed characters only', () => {
  expect(patchSize('--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-abc\n+ab\n')).toBe(5);
  expect(patchSize('')).toBe(0);
});
