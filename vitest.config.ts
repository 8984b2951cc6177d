import { defineConfig } from 'vitest/config';

/** Everything but the browser tests. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', '**/node_modules/**'],
    globalSetup: ['test/support/global_setup.ts'],
    pool: 'forks',
    testTimeout: 240_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    // A forgotten `.only` must not pass for a whole run.
    allowOnly: false,
  },
});
