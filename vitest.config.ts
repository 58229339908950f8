import { defineConfig } from 'vitest/config';

const notOurs = ['**/node_modules/**', '**/.feedmill*/**'];
const minuteMs = 60_000;

// The groups run one after another: what is fast first, and what measures time on its own. Group 0
// is not used: there vitest moves projects with one worker to the end.
const fast = { maxWorkers: '100%', sequence: { groupOrder: 1 } } as const;

// A file for the machine-readable results, beside what is printed. .ci/run counts from it.
const jsonReport = process.env['FEEDMILL_TEST_JSON'];

export default defineConfig({
  test: {
    reporters: jsonReport ? [['json', { outputFile: jsonReport }], 'default'] : ['default'],
    projects: [
      {
        test: {
          name: 'tidy',
          include: ['tools/**/*.test.ts'],
          exclude: notOurs,
          testTimeout: minuteMs,
          ...fast,
        },
      },
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...notOurs, '**/*.pg.test.ts', 'tools/**'],
          // They take milliseconds; a machine that is busy with other things takes its time.
          testTimeout: minuteMs,
          hookTimeout: minuteMs,
          ...fast,
        },
      },
      {
        // Two Postgres servers at a time are what two cores carry without timing tests out.
        test: {
          name: 'pg',
          include: ['**/*.pg.test.ts'],
          exclude: notOurs,
          maxWorkers: 2,
          testTimeout: minuteMs,
          hookTimeout: 2 * minuteMs,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Real processes and their timing: one file at a time.
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.ts'],
          exclude: [...notOurs, 'e2e/long/**'],
          maxWorkers: 1,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // The same, with faults that last: `npm test` leaves them to `npm run e2e:long`.
        test: {
          name: 'e2e-long',
          include: ['e2e/long/**/*.e2e.ts'],
          exclude: notOurs,
          maxWorkers: 1,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
