import type { TestOutcome } from '../../../sandbox/repository.js';
import type { RepositoryBench } from '../repository-bench.js';
import type { Observation, Tool } from '../step.js';

/** Runs the visible tests. Exit codes are pytest's: 1 tests failed, 2 nothing could be run; 124 is the time limit. */
export const test: Tool<RepositoryBench> = {
  name: 'test',
  async run(_call, bench) {
    const outcome = await bench.test();
    return outcome === null ? { text: '0 passed', exitCode: 0 } : observe(outcome);
  },
};

export function observe(outcome: TestOutcome): Observation {
  switch (outcome.status) {
    case 'timeout':
      return { text: 'error: timeout', error: 'nonzero', exitCode: 124 };
    case 'collection_error':
    case 'crashed':
    case 'not_applied':
      return { text: 'error: collection', error: 'traceback', exitCode: 2 };
    case 'ran': {
      const all = Object.values(outcome.outcomes);
      const passed = all.filter((one) => one === 'passed').length;
      const failed = all.filter((one) => one === 'failed' || one === 'error').length;
      if (failed === 0) return { text: `${passed} passed`, exitCode: 0 };
      return { text: `${failed} failed, ${passed} passed`, error: 'nonzero', exitCode: 1 };
    }
  }
}
