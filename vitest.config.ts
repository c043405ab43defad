import { defineConfig } from 'vitest/config';

/** Everything: first what is pure, then what needs services and sandboxes, one file at a time. */
export default defineConfig({
  test: {
    projects: [
      'vitest.unit.config.ts',
      {
        test: {
          name: 'integration',
          globalSetup: 'tests/integration/programs.ts',
          include: ['tests/integration/**/*.test.ts', 'tests/chaos/chaos.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 240_000,
          // Real services on a busy machine: what fails twice is broken. A retry is told in the summary.
          retry: 1,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
