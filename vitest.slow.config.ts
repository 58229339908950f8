import { defineConfig } from 'vitest/config';

// Suites that need more than Node: what, is said by the script of each in package.json and by
// .ci/run. They are not part of `npm test`.
const minuteMs = 60_000;

// A file for the machine-readable results, beside what is printed. .ci/run counts from it.
const jsonReport = process.env['FEEDMILL_TEST_JSON'];

export default defineConfig({
  test: {
    reporters: jsonReport ? [['json', { outputFile: jsonReport }], 'default'] : ['default'],
    projects: [
      {
        // Needs Node alone, and minutes: two regions, and what fails between them.
        test: {
          name: 'drills',
          include: ['e2e/drills/**/*.drill.ts'],
          maxWorkers: 1,
          testTimeout: 5 * minuteMs,
          hookTimeout: 2 * minuteMs,
        },
      },
      {
        // Needs Chromium, as Debian has it.
        test: {
          name: 'browser',
          include: ['e2e/browser/**/*.browser.ts'],
          maxWorkers: 1,
          testTimeout: 3 * minuteMs,
          hookTimeout: 3 * minuteMs,
        },
      },
      {
        // Needs Docker, kind, kubectl and Helm.
        test: {
          name: 'kind',
          include: ['e2e/kind/**/*.kind.ts'],
          exclude: ['e2e/kind/regions.kind.ts', 'e2e/kind/drills.kind.ts'],
          maxWorkers: 1,
          testTimeout: 5 * minuteMs,
          hookTimeout: 10 * minuteMs,
        },
      },
      {
        // The same with two regions, each on a node of its own.
        test: {
          name: 'kind-regions',
          include: ['e2e/kind/regions.kind.ts'],
          maxWorkers: 1,
          testTimeout: 10 * minuteMs,
          hookTimeout: 15 * minuteMs,
        },
      },
      {
        // The same with two clusters, which drills take away.
        test: {
          name: 'kind-drills',
          include: ['e2e/kind/drills.kind.ts'],
          maxWorkers: 1,
          testTimeout: 10 * minuteMs,
          hookTimeout: 15 * minuteMs,
        },
      },
      {
        // The same, to measure: on a machine that does nothing else.
        test: {
          name: 'kind-targets',
          include: ['e2e/kind/**/*.measure.ts'],
          maxWorkers: 1,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
        },
      },
    ],
  },
});
