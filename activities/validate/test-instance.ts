import type { Repository, TestOutcome } from '../../sandbox/repository.js';
import type { Instance } from '../../schemas/records.js';

/** Why an instance is not valid, or what its tests are. */
export type Verification =
  | {
      readonly status: 'valid';
      readonly failing: readonly string[];
      readonly passing: readonly string[];
      readonly symptom?: string;
    }
  | { readonly status: 'invalid' | 'flaky' | 'timeout'; readonly reason: string };

export interface Verifier {
  readonly repository: Repository;
  readonly isolation: 'warm' | 'process';
  /** Runs on the bug tree, and on the mended tree for each distinct set of tests. */
  readonly repeats: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Tests that fail on the mended tree, by mended tree, isolation and tests: instances of one function share them. */
  readonly mended: Map<string, Promise<Verification | readonly string[]>>;
}

/** Patches that make the tree to mend; and those that make it mended. */
export function treesOf(instance: Instance): { before: string[]; after: string[] } {
  const given = (patch: string): string[] => (patch === '' ? [] : [patch]);
  const tests = given(instance.test_patch);
  // A synthetic bug is undone by its gold patch exactly (checked elsewhere): the mended tree is the checkout.
  const after = instance.bug_patch === '' ? given(instance.patch) : [];
  return { before: [...given(instance.bug_patch), ...tests], after: [...after, ...tests] };
}

/** Runs the tests on the tree to mend and on the mended one, and says which fail only on the former. */
export async function testInstance(
  instance: Instance,
  tests: readonly string[],
  verifier: Verifier,
): Promise<Verification> {
  const { before, after } = treesOf(instance);
  const first = classify(await run(before, tests, verifier), tests);
  // Most rejections end here, after one run.
  if (first.status !== 'valid') return first;
  for (let repeat = 1; repeat < verifier.repeats; repeat += 1) {
    const again = classify(await run(before, tests, verifier), tests);
    if (again.status !== 'valid' || again.failing.join() !== first.failing.join()) {
      return { status: 'flaky', reason: 'differs-before' };
    }
  }
  const key = JSON.stringify([after, verifier.isolation, tests]);
  let mended = verifier.mended.get(key);
  if (mended === undefined) {
    mended = failingWhenMended(after, tests, verifier);
    verifier.mended.set(key, mended);
    mended.catch(() => verifier.mended.delete(key));
  }
  const failing = await mended;
  if ('status' in failing) return failing;
  if (failing.length > 0) return { status: 'flaky', reason: 'fails-after' };
  return first;
}

/**
 * A real change: its tests come with it, so before it they may not even be collected, and which they are shows only after.
 * Each tree is run `repeats` times, in fresh processes.
 */
export async function testRealInstance(
  instance: Instance,
  tests: readonly string[],
  verifier: Verifier,
): Promise<Verification> {
  const trees = treesOf(instance);
  const before: TestOutcome[] = [];
  const after: TestOutcome[] = [];
  for (let repeat = 0; repeat < verifier.repeats; repeat += 1) {
    const mended = await run(trees.after, tests, verifier);
    if (mended.status === 'timeout') return { status: 'timeout', reason: 'timeout-after' };
    if (mended.status !== 'ran') return { status: 'invalid', reason: `${reasonOf(mended.status)}-after` };
    after.push(mended);
    const broken = await run(trees.before, tests, verifier);
    if (broken.status === 'timeout') return { status: 'timeout', reason: 'timeout' };
    if (broken.status !== 'ran' && broken.status !== 'collection_error')
      return { status: 'invalid', reason: reasonOf(broken.status) };
    before.push(broken);
  }
  const passedIn = (runs: readonly TestOutcome[], id: string): number =>
    runs.filter((one) => one.outcomes[id] === 'passed').length;
  const ids = [...new Set(after.flatMap((one) => Object.keys(one.outcomes)))].sort();
  const always = ids.filter((id) => passedIn(after, id) === after.length);
  const failing = always.filter((id) => passedIn(before, id) === 0);
  if (failing.length === 0) {
    const unstable = ids.some(
      (id) => passedIn(after, id) % after.length !== 0 || passedIn(before, id) % before.length !== 0,
    );
    return unstable ? { status: 'flaky', reason: 'differs' } : { status: 'invalid', reason: 'no-failing-test' };
  }
  const passing = always.filter((id) => passedIn(before, id) === before.length);
  const symptom = before[0]?.symptom;
  return { status: 'valid', failing, passing, ...(symptom === undefined ? {} : { symptom }) };
}

async function failingWhenMended(
  patches: readonly string[],
  tests: readonly string[],
  verifier: Verifier,
): Promise<Verification | readonly string[]> {
  const failing = new Set<string>();
  for (let repeat = 0; repeat < verifier.repeats; repeat += 1) {
    const outcome = await run(patches, tests, verifier);
    if (outcome.status === 'timeout') return { status: 'timeout', reason: 'timeout-after' };
    if (outcome.status !== 'ran') return { status: 'invalid', reason: `${reasonOf(outcome.status)}-after` };
    for (const test of tests) if (outcome.outcomes[test] !== 'passed') failing.add(test);
  }
  return [...failing];
}

function run(patches: readonly string[], tests: readonly string[], verifier: Verifier): Promise<TestOutcome> {
  const { isolation, timeout } = verifier;
  return verifier.repository.run({ patches, tests, isolation, timeout }, verifier.signal);
}

/** What one run on the tree to mend says, taken alone. */
export function classify(outcome: TestOutcome, tests: readonly string[]): Verification {
  if (outcome.status === 'timeout') return { status: 'timeout', reason: 'timeout' };
  if (outcome.status !== 'ran') return { status: 'invalid', reason: reasonOf(outcome.status) };
  // A bug that keeps one file from being imported shows as tests that are not there.
  if (tests.some((test) => outcome.outcomes[test] === undefined))
    return { status: 'invalid', reason: 'collection-error' };
  const ids = [...tests].sort();
  const failing = ids.filter((id) => outcome.outcomes[id] === 'failed');
  const errors = ids.filter((id) => outcome.outcomes[id] === 'error');
  const passing = ids.filter((id) => outcome.outcomes[id] === 'passed');
  if (failing.length === 0)
    return { status: 'invalid', reason: errors.length > 0 ? 'set-up-error' : 'no-failing-test' };
  const symptom = outcome.symptom === undefined ? {} : { symptom: outcome.symptom };
  return { status: 'valid', failing: [...failing, ...errors].sort(), passing, ...symptom };
}

function reasonOf(status: 'not_applied' | 'collection_error' | 'crashed'): string {
  switch (status) {
    case 'not_applied':
      return 'patch-not-applied';
    case 'collection_error':
      return 'collection-error';
    case 'crashed':
      return 'crashed';
  }
}
