import type { Json } from '../../recipe/json.js';
import { isObject } from '../../recipe/merge.js';
import { parsePatch } from '../agent/patch.js';

/**
 * A row as SWE-bench and its relatives publish it, as the draft of an instance; null for anything else. Its tests are kept
 * whole, with the blanks in their parameters.
 */
export function instanceOfRow(row: Json): Json {
  if (!isObject(row) || 'focus' in row || 'environment_id' in row) return null;
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  if (['instance_id', 'repo', 'base_commit', 'patch'].some((name) => text(name) === '')) return null;
  const [fail, pass] = [testsOf(row['FAIL_TO_PASS']), testsOf(row['PASS_TO_PASS'])];
  if (fail === null || pass === null) return null;
  return {
    instance_id: text('instance_id'),
    repo: text('repo'),
    version: text('version'),
    base_commit: text('base_commit'),
    source: 'benchmark',
    environment_id: '',
    problem_statement: text('problem_statement'),
    patch: text('patch'),
    bug_patch: '',
    test_patch: text('test_patch'),
    focus: focusOf(text('patch')),
    status: 'draft',
    FAIL_TO_PASS: fail,
    PASS_TO_PASS: pass,
    ...(text('created_at') === '' ? {} : { created_at: text('created_at') }),
    ...(text('hints_text') === '' ? {} : { hints_text: text('hints_text') }),
  };
}

/** A list, or the text of one: both are in use. */
function testsOf(value: Json | undefined): string[] | null {
  if (value === undefined || value === null || value === '') return [];
  let list: Json = value;
  if (typeof value === 'string') {
    try {
      list = JSON.parse(value) as Json;
    } catch {
      return null;
    }
  }
  return Array.isArray(list) && list.every((one): one is string => typeof one === 'string') ? list : null;
}

/** The first file that the patch changes, and the function that git names above its first hunk. */
function focusOf(patch: string): Json {
  const change = parsePatch(patch)[0];
  const file = change?.file ?? '';
  const named = /^@@ [^@]* @@\s*(?:async\s+)?(?:def|class)\s+(\w+)/m.exec(patch)?.[1];
  const symbol = named ?? (file.split('/').at(-1) ?? '').replace(/\.py$/, '');
  return { file, symbol, start: change?.lines[0] ?? 1, end: change?.lines.at(-1) ?? 1 };
}
