import { defineConfig } from 'vitest/config';

/** The tests that drive Chromium: one file at a time, since each browser wants the processor to itself. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/support/global_setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    // Tests of one file that do not get in each other's way: they mostly wait for pages that move on by themselves.
    maxConcurrency: 3,
    testTimeout: 300_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    // One second, the default, is less than a busy machine with two processors takes for a turn of anything.
    expect: { poll: { timeout: 60_000, interval: 50 } },
    allowOnly: false,
  },
});
