import type { Checkout } from '../../../schemas/records.js';
import { parsePatch, patchSections } from '../../agent/patch.js';
import { isIn, isTest } from '../test-files.js';
import type { MiningLimits, Rejection } from './fix.js';

export interface SplitPatch {
  /** Changes of the source. */
  readonly patch: string;
  /** Changes of the tests and of what they read. */
  readonly test_patch: string;
}

/**
 * Splits a change into the gold patch and the test patch. What is neither source nor test (documentation, changelogs,
 * packaging) is left out of both.
 */
export function splitPatch(
  diff: string,
  checkout: Pick<Checkout, 'packages' | 'tests'>,
  limits: Pick<MiningLimits, 'files' | 'lines'>,
): SplitPatch | Rejection {
  const source: string[] = [];
  const tests: string[] = [];
  for (const { files, text } of patchSections(diff)) {
    // What has no hunks (a mode, a binary file, a move) says its path in the first line alone.
    const file = files.at(-1) ?? /^diff --git a\/.+ b\/(.+)$/m.exec(text)?.[1];
    if (file === undefined) continue;
    const side = isTestFile(file, checkout) ? tests : isSource(file, checkout) ? source : undefined;
    if (side === undefined) continue;
    if (/^(rename|copy) from /m.test(text)) return { reason: 'rename', message: `${file} was moved` };
    // Another mode, a file without a line, a binary file: nothing that a unified diff can say. Testing shows whether it is missed.
    if (/^@@ /m.test(text)) side.push(text);
  }
  const changes = parsePatch(source.join(''));
  const lines = changes.reduce((sum, { added, removed }) => sum + added.length + removed.length, 0);
  if (source.length === 0) return { reason: 'no-source-change', message: 'it changes no source' };
  if (!tests.some((text) => /^\+\+\+ b\/.+\.py$/m.test(text)))
    return { reason: 'no-test-change', message: 'it changes no test' };
  if (source.length > limits.files || lines > limits.lines)
    return { reason: 'too-large', message: `it changes ${lines} lines in ${source.length} files of the source` };
  return { patch: source.join(''), test_patch: tests.join('') };
}

/** Whether the names of the files alone rule a change out; spares reading it. */
export function touchesBoth(files: readonly string[], checkout: Pick<Checkout, 'packages' | 'tests'>): boolean {
  return (
    files.some((file) => isTestFile(file, checkout)) &&
    files.some((file) => !isTestFile(file, checkout) && isSource(file, checkout))
  );
}

function isTestFile(file: string, { tests }: Pick<Checkout, 'tests'>): boolean {
  return isTest(file) || file.endsWith('_test.py') || tests.some((test) => isIn(file, test.split('::')[0] ?? test));
}

function isSource(file: string, { packages }: Pick<Checkout, 'packages'>): boolean {
  if (packages.length > 0) return packages.some((path) => isIn(file, path));
  return file.endsWith('.py') && !/^(setup\.py|docs?\/|examples?\/)/.test(file);
}
