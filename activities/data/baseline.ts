import type { TestOutcome } from '../../sandbox/repository.js';
import type { WarmRepository } from '../../sandbox/repositories.js';

/** The checkout's own tests are of no use here: the subject's fault, final. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';

  constructor(
    readonly code: 'no-tests' | 'timeout' | 'crashed' | 'no-stable-test' | 'coverage',
    message: string,
  ) {
    super(message);
  }
}

export interface Baseline {
  /** Tests collected. */
  readonly tests: number;
  readonly stable: string[];
  readonly flaky: string[];
  readonly failing: string[];
  /** By 'file::symbol', stable tests that call it; those that call the least first. */
  readonly coverage: Record<string, string[]>;
  readonly errors: readonly string[];
}

/**
 * Runs the whole suite several times: in order in fresh processes and reversed in warm ones, in turn, so that a test which
 * leans on another's leavings, or on being imported afresh, shows as flaky.
 */
export async function baseline(
  repository: WarmRepository,
  options: { repeats: number; timeout: number; minStable: number; signal: AbortSignal },
): Promise<Baseline> {
  const { repo } = repository.environment;
  const { tests, shifting, errors } = await repository.collect(options.signal);
  if (tests.length === 0) {
    throw new BaselineError('no-tests', `${repo}: no test was collected. ${errors.slice(0, 3).join('; ')}`.trim());
  }
  const runs: TestOutcome[] = [];
  for (let repeat = 0; repeat < options.repeats; repeat += 1) {
    const fresh = repeat % 2 === 0;
    const outcome = await repository.run(
      {
        patches: [],
        tests: fresh ? tests : [...tests].reverse(),
        isolation: fresh ? 'process' : 'warm',
        timeout: options.timeout,
      },
      options.signal,
    );
    if (outcome.status !== 'ran') {
      const last = Object.keys(outcome.outcomes).at(-1) ?? 'none';
      const code = outcome.status === 'timeout' ? 'timeout' : 'crashed';
      throw new BaselineError(
        code,
        `${repo}: a run of its whole suite ended as '${outcome.status}'; the last test that ended was ${last}. Deselect the test after it in the checkout's list, or raise 'timeout'.`,
      );
    }
    runs.push(outcome);
  }
  const sorted = sortTests(tests, runs);
  if (sorted.stable.length < options.minStable) {
    throw new BaselineError(
      'no-stable-test',
      `${repo}: ${sorted.stable.length} of ${tests.length} tests passed every time. First symptom: ${runs.find((run) => run.symptom !== undefined)?.symptom ?? 'none'}.`,
    );
  }
  const coverage = await repository
    .coverage(sorted.stable, 3 * options.timeout, options.signal)
    .catch((error: unknown) => {
      throw new BaselineError('coverage', `${repo}: ${error instanceof Error ? error.message : String(error)}`);
    });
  const flaky = [...sorted.flaky, ...shifting].sort();
  return { tests: tests.length + shifting.length, ...sorted, flaky, coverage, errors };
}

/** Stable: passed every time. Flaky: some times. Failing: failed and never passed. Skipped tests are none of these. */
export function sortTests(
  tests: readonly string[],
  runs: readonly Pick<TestOutcome, 'outcomes'>[],
): { stable: string[]; flaky: string[]; failing: string[] } {
  const sorted: { stable: string[]; flaky: string[]; failing: string[] } = { stable: [], flaky: [], failing: [] };
  for (const test of [...tests].sort()) {
    const outcomes = runs.map((run) => run.outcomes[test]);
    const passed = outcomes.filter((outcome) => outcome === 'passed').length;
    if (passed === runs.length) sorted.stable.push(test);
    else if (passed > 0) sorted.flaky.push(test);
    else if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'error')) sorted.failing.push(test);
  }
  return sorted;
}
