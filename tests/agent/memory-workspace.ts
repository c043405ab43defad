import type { TestOutcome, Workspace } from '../../sandbox/repository.js';
import type { Instance } from '../../schemas/records.js';

/** A workspace of one file in memory. `judge` says how its tests fare on the text as it stands. */
export function memoryWorkspace(
  file: string,
  text: string,
  judge: (text: string) => TestOutcome,
): Workspace & { text(): string; closed(): boolean; diffs(): number } {
  const original = text.split('\n');
  let lines = [...original];
  let closed = false;
  let diffs = 0;
  return {
    text: () => lines.join('\n'),
    closed: () => closed,
    diffs: () => diffs,
    view: (name, first, last) => Promise.resolve(name === file ? lines.slice(first - 1, last) : null),
    locate: (name, symbol) => {
      const start = lines.findIndex((line) => line.includes(`def ${symbol}(`)) + 1;
      return Promise.resolve(
        name !== file || start === 0 ? null : { start, end: lines.length, docstring: [start + 1] },
      );
    },
    replace(name, line, old, replacement) {
      const current = lines[line - 1];
      if (name !== file) return Promise.resolve({ ok: false, error: 'no_file' });
      if (current === undefined) return Promise.resolve({ ok: false, error: 'no_line' });
      const at = current.indexOf(old);
      if (at < 0) return Promise.resolve({ ok: false, error: 'no_match' });
      lines = lines.with(line - 1, current.slice(0, at) + replacement + current.slice(at + old.length));
      return Promise.resolve({ ok: true });
    },
    test: () => Promise.resolve(judge(lines.join('\n'))),
    diff() {
      diffs += 1;
      const changed = lines.flatMap((line, index) =>
        line === original[index] ? [] : [`@@ -${index + 1} +${index + 1} @@`, `-${original[index] ?? ''}`, `+${line}`],
      );
      return Promise.resolve(changed.length === 0 ? '' : [`--- a/${file}`, `+++ b/${file}`, ...changed, ''].join('\n'));
    },
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}

export const CODE = [
  'class A:',
  '    def less(self, a, b):',
  '        """Doc."""',
  '        if a <= b:',
  '            return True',
  '        return False',
].join('\n');

export const INSTANCE: Instance = {
  instance_id: 'p__less-1',
  repo: 'p',
  version: '1',
  base_commit: 'c',
  source: 'synthetic',
  environment_id: 'e',
  problem_statement: '',
  patch: '--- a/p.py\n+++ b/p.py\n@@ -4 +4 @@\n-        if a <= b:\n+        if a < b:\n',
  bug_patch: '--- a/p.py\n+++ b/p.py\n@@ -4 +4 @@\n-        if a < b:\n+        if a <= b:\n',
  test_patch: '',
  focus: { file: 'p.py', symbol: 'less', start: 2, end: 6 },
  bug: { kind: 'compare', line: 4, bad: ' <=', good: ' <' },
  status: 'valid',
  FAIL_TO_PASS: ['t::hidden'],
  PASS_TO_PASS: ['t::hidden', ...Array.from({ length: 12 }, (_, index) => `t::visible${index}`)],
};

export const passed: TestOutcome = { status: 'ran', outcomes: { a: 'passed', b: 'passed' } };
export const oneFailed: TestOutcome = { status: 'ran', outcomes: { a: 'failed', b: 'passed' } };
