import { expect, test } from 'vitest';
import { parseReport, summarize, type TestReport } from './test-report.ts';

const reportOf = (...statuses: string[]): TestReport => ({
  testResults: [
    {
      status: statuses.includes('failed') ? 'failed' : 'passed',
      assertionResults: statuses.map((status) => ({ status })),
    },
  ],
});

test('counts tests by outcome, and the gate as one more', () => {
  expect(summarize(reportOf('passed', 'pending', 'todo', 'passed'), true, true)).toEqual({
    line: '3 passed, 0 failed, 2 skipped',
    passed: true,
  });
});

test('a failed gate fails the whole', () => {
  expect(summarize(reportOf('passed'), true, false)).toEqual({
    line: '1 passed, 1 failed, 0 skipped',
    passed: false,
  });
});

test('a file that could not be loaded counts as a failed test', () => {
  const report = { testResults: [{ status: 'failed', assertionResults: [] }] };
  expect(summarize(report, false, true).line).toBe('1 passed, 1 failed, 0 skipped');
});

test('tests that failed without one to blame count as one', () => {
  expect(summarize(reportOf('passed'), false, true).line).toBe('2 passed, 1 failed, 0 skipped');
});

test('a run without any test has not passed', () => {
  expect(summarize(parseReport('{ cut off'), true, true)).toEqual({
    line: '1 passed, 1 failed, 0 skipped',
    passed: false,
  });
  expect(summarize(reportOf('pending'), true, true).passed).toBe(false);
});
