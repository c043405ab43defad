import type { Workspace } from '../../sandbox/repository.js';
import type { Instance } from '../../schemas/records.js';
import { visibleLines, type VisibleLine } from './numbered-code.js';

/** What the terse tools work on: a workspace, seen through the one function that the task names. */
export interface RepositoryBench {
  readonly workspace: Workspace;
  readonly file: string;
  /** Visible tests: never one of FAIL_TO_PASS. */
  readonly tests: readonly string[];
  /** Milliseconds for one `test` call. */
  readonly testTimeout: number;
  /** The function's visible lines as they stand now. */
  visible(): Promise<readonly VisibleLine[]>;
}

/** Visible tests that a `test` call runs, at most: it has to answer in a second. */
export const VISIBLE_TESTS = 8;

export function visibleTests(instance: Instance): string[] {
  const hidden = new Set(instance.FAIL_TO_PASS);
  return instance.PASS_TO_PASS.filter((test) => !hidden.has(test)).slice(0, VISIBLE_TESTS);
}

export function repositoryBench(instance: Instance, workspace: Workspace, testTimeout: number): RepositoryBench {
  const { file, symbol } = instance.focus;
  // An edit may leave a file that no longer parses. A line-wise edit moves no line, so the last place known still holds.
  let place: { start: number; end: number; docstring: readonly number[] } = { ...instance.focus, docstring: [] };
  return {
    workspace,
    file,
    tests: visibleTests(instance),
    testTimeout,
    async visible() {
      place = (await workspace.locate(file, symbol)) ?? place;
      const lines = (await workspace.view(file, place.start, place.end)) ?? [];
      return visibleLines(lines, place.start, place.docstring);
    },
  };
}
