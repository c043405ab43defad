import type { TestOutcome, Workspace } from '../../sandbox/repository.js';
import type { Instance } from '../../schemas/records.js';
import { visibleLines, type VisibleLine } from './numbered-code.js';

/** What the terse tools work on: a workspace, seen through the one function that the task names. */
export interface RepositoryBench {
  /** The function's visible lines as they stand now. */
  visible(): Promise<readonly VisibleLine[]>;
  /** @param line in the file */
  replace(line: number, old: string, replacement: string): ReturnType<Workspace['replace']>;
  /** Runs the visible tests: never one of FAIL_TO_PASS. Null where there are none. */
  test(): Promise<TestOutcome | null>;
}

/** Visible tests that a `test` call runs, at most: it has to answer in a second. */
export const VISIBLE_TESTS = 8;

export function visibleTests(instance: Instance): string[] {
  const hidden = new Set(instance.FAIL_TO_PASS);
  return instance.PASS_TO_PASS.filter((test) => !hidden.has(test)).slice(0, VISIBLE_TESTS);
}

/** @param testTimeout milliseconds for one `test` call */
export function repositoryBench(instance: Instance, workspace: Workspace, testTimeout: number): RepositoryBench {
  const { file, symbol } = instance.focus;
  const tests = visibleTests(instance);
  // Looked up once: an edit within a line moves no line, and may leave a file that no longer parses.
  let place: Promise<{ start: number; end: number; docstring: readonly number[] }> | undefined;
  let current: Promise<readonly VisibleLine[]> | undefined;
  const look = async (): Promise<readonly VisibleLine[]> => {
    place ??= workspace.locate(file, symbol).then((found) => found ?? { ...instance.focus, docstring: [] });
    const { start, end, docstring } = await place;
    return visibleLines((await workspace.view(file, start, end)) ?? [], start, docstring);
  };
  return {
    visible: () => (current ??= look()),
    replace(line, old, replacement) {
      current = undefined;
      return workspace.replace(file, line, old, replacement);
    },
    test: () => (tests.length === 0 ? Promise.resolve(null) : workspace.test(tests, testTimeout)),
  };
}
