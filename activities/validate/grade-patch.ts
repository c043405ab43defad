import type { Repository, TestOutcome } from '../../sandbox/repository.js';
import type { Instance, Verdict } from '../../schemas/records.js';
import { patchSections } from '../agent/patch.js';
import { treesOf } from './test-instance.js';

/** How one patch fared: the part of a verdict that equal patches share. */
export type Grade = Pick<Verdict, 'status' | 'resolved' | 'FAIL_TO_PASS' | 'PASS_TO_PASS'>;

export interface GradeOptions {
  readonly isolation: 'warm' | 'process';
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Runs FAIL_TO_PASS and PASS_TO_PASS on the tree to mend with the patch applied; changes to the tests themselves are undone. */
export async function gradePatch(
  instance: Instance,
  patch: string,
  repository: Repository,
  options: GradeOptions,
): Promise<Grade> {
  const tests = [...instance.FAIL_TO_PASS, ...instance.PASS_TO_PASS];
  const kept = withoutFiles(patch, protectedFile(tests));
  // The test patch goes last: what is graded is the code, by the tests as they should be.
  const { before } = treesOf({ ...instance, test_patch: '' });
  const patches = [...before, kept, instance.test_patch].filter((one) => one !== '');
  const outcome = await repository.run(
    { patches, tests, isolation: options.isolation, timeout: options.timeout },
    options.signal,
  );
  return gradeOf(instance, outcome);
}

export function gradeOf(instance: Pick<Instance, 'FAIL_TO_PASS' | 'PASS_TO_PASS'>, outcome: TestOutcome): Grade {
  const passed = (test: string): boolean => outcome.outcomes[test] === 'passed';
  // A skipped test still holds what it held; but it shows nothing mended.
  const held = (test: string): boolean => passed(test) || outcome.outcomes[test] === 'skipped';
  const ran = outcome.status === 'ran';
  const split = (
    tests: readonly string[],
    good: (test: string) => boolean,
  ): { success: string[]; failure: string[] } => ({
    success: tests.filter(good),
    failure: tests.filter((test) => !good(test)),
  });
  const failToPass = split(instance.FAIL_TO_PASS, passed);
  const passToPass = split(instance.PASS_TO_PASS, held);
  const resolved =
    ran && instance.FAIL_TO_PASS.length > 0 && failToPass.failure.length === 0 && passToPass.failure.length === 0;
  return { status: statusOf(outcome.status), resolved, FAIL_TO_PASS: failToPass, PASS_TO_PASS: passToPass };
}

/** A patch after which nothing can be imported or the interpreter dies is graded: it failed. */
function statusOf(status: TestOutcome['status']): Grade['status'] {
  switch (status) {
    case 'ran':
    case 'collection_error':
    case 'crashed':
      return 'graded';
    case 'not_applied':
      return 'not_applied';
    case 'timeout':
      return 'timeout';
  }
}

/** A grade of a patch that was never run. */
export function ungraded(instance: Pick<Instance, 'FAIL_TO_PASS' | 'PASS_TO_PASS'>, status: Grade['status']): Grade {
  return {
    status,
    resolved: false,
    FAIL_TO_PASS: { success: [], failure: instance.FAIL_TO_PASS },
    PASS_TO_PASS: { success: [], failure: instance.PASS_TO_PASS },
  };
}

const CONFIGURATION = /(^|\/)(conftest\.py|pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml)$/;

/** Files that decide whether a test passes without being the code under test. */
function protectedFile(tests: readonly string[]): (file: string) => boolean {
  const files = new Set(tests.map((test) => test.split('::')[0]));
  return (file) => files.has(file) || CONFIGURATION.test(file);
}

/** The patch without its changes to some files. */
export function withoutFiles(patch: string, unwanted: (file: string) => boolean): string {
  return patchSections(patch)
    .filter(({ files }) => !files.some(unwanted))
    .map(({ text }) => text)
    .join('');
}

/** Changed characters: what the shortest-patch baseline goes by. */
export function patchSize(patch: string): number {
  return patch
    .split('\n')
    .filter((line) => /^[+-]/.test(line) && !/^(\+\+\+|---) /.test(line))
    .reduce((total, line) => total + line.length - 1, 0);
}
