import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../activities/validate/apply-patch.js';
import { mendsExactly } from '../../activities/validate/checkout-files.js';

const from =
  (files: Record<string, string>) =>
  (file: string): Promise<string | null> =>
    Promise.resolve(files[file] ?? null);

const apply = async (patch: string, files: Record<string, string>): Promise<Record<string, string | null>> =>
  Object.fromEntries(await applyPatch(patch, from(files)));

describe('applyPatch', () => {
  test('replaces lines, and keeps a missing line feed at the end', async () => {
    const patch =
      '--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+2\n\\ No newline at end of file\n';
    expect(await apply(patch, { 'x.py': 'one\ntwo' })).toEqual({ 'x.py': 'one\n2' });
  });

  test('makes and deletes files', async () => {
    const patch = '--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+hello\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n';
    expect(await apply(patch, { old: 'bye\n' })).toEqual({ new: 'hello\n', old: null });
  });

  test('finds a hunk that has moved', async () => {
    expect(await apply('--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-c\n+C\n', { x: 'a\nb\nc\n' })).toEqual({ x: 'a\nb\nC\n' });
  });

  test.each([
    ['a line that is not there', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-z\n+y\n', 'x: the hunk at line 1 does not match'],
    ['a file that is not there', '--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n', 'y: no such file'],
    ['a path outside of the tree', '--- a/../y\n+++ b/../y\n@@ -1 +1 @@\n-a\n+b\n', '../y: outside the tree'],
    ['a hunk cut short', '--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n', "a hunk's header and its lines disagree"],
    ['words', 'change a to b\n', 'no file header found'],
    ['a rename', 'diff --git a/x b/y\nrename from x\nrename to y\n', 'not supported: rename from x'],
  ])('refuses %s', async (_what, patch, message) => {
    await expect(applyPatch(patch, from({ x: 'a\n' }))).rejects.toThrow(message);
  });

  test('does what git diff says, for any two texts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mortar-patch-'));
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '', ' d', '-e', '+f', 'é', '@@ -1 +1 @@'), { maxLength: 14 });
    const ending = fc.constantFrom('', '\n');
    try {
      await fc.assert(
        fc.asyncProperty(text, ending, text, ending, async (before, endBefore, after, endAfter) => {
          const [old, now] = [before.join('\n') + endBefore, after.join('\n') + endAfter];
          if (old === '' || now === '' || old === now) return;
          writeFileSync(join(folder, 'a'), old);
          writeFileSync(join(folder, 'b'), now);
          const diff = gitDiff(folder).replace('--- a/a\n+++ b/b\n', '--- a/f\n+++ b/f\n');
          const latin = (value: string): string => Buffer.from(value).toString('latin1');
          const patched = await applyPatch(diff, from({ f: latin(old) }));
          expect(patched.get('f')).toBe(latin(now));
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function gitDiff(folder: string): string {
  try {
    return execFileSync('git', ['diff', '--no-index', '--unified=2', 'a', 'b'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    // Exit code 1: they differ.
    return (error as { stdout: string }).stdout;
  }
}

test('mendsExactly sees a gold patch that restores something else', async () => {
  const bug = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-good\n+bad\n';
  const gold = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-bad\n+good\n';
  const other = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-bad\n+good \n';
  expect(await mendsExactly({ bug_patch: bug, patch: gold }, from({ x: 'good\n' }))).toBe(true);
  expect(await mendsExactly({ bug_patch: bug, patch: other }, from({ x: 'good\n' }))).toBe(false);
});
