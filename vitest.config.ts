import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Everything but the browser tests. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', '**/node_modules/**'],
    globalSetup: ['test/support/global_setup.ts'],
    pool: 'forks',
    // By default one processor is left idle, which on a machine with two is half of it; these tests wait a good deal.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 300_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    // One second, the default, is less than a busy machine with two processors takes for a turn of anything.
    expect: { poll: { timeout: 60_000, interval: 50 } },
    // A forgotten `.only` must not pass for a whole run.
    allowOnly: false,
  },
});
