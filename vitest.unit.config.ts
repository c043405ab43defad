import { defineConfig } from 'vitest/config';

/** Pure and fast: no services, no sandboxes. */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/integration/**', 'tests/chaos/chaos.test.ts'],
    // Threads do not go well with native addons (Temporal's core).
    pool: 'forks',
    testTimeout: 20_000,
  },
});
