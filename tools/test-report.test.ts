import { expect, test } from 'vitest';
import { parseSuites, type Suite, summarize, type TestReport } from './test-report.ts';

const gate = (exitedWell: boolean): Suite => ({ name: 'check', exitedWell, report: undefined });

const tests = (exitedWell: boolean, ...statuses: string[]): Suite => ({
  name: 'tests',
  exitedWell,
  report: reportOf(...statuses),
});

const reportOf = (...statuses: string[]): TestReport => ({
  testResults: [
    {
      status: statuses.includes('failed') ? 'failed' : 'passed',
      assertionResults: statuses.map((status) => ({ status })),
    },
  ],
});

test('counts tests by outcome, and a suite without a report as one more', () => {
  const suites = [tests(true, 'passed', 'pending', 'todo', 'passed'), gate(true)];
  expect(summarize(suites)).toEqual({ line: '3 passed, 0 failed, 2 skipped', passed: true });
});

test('adds up the tests of several suites', () => {
  const suites = [tests(true, 'passed'), tests(true, 'passed', 'passed')];
  expect(summarize(suites).line).toBe('3 passed, 0 failed, 0 skipped');
});

test('a failed gate fails the whole', () => {
  expect(summarize([tests(true, 'passed'), gate(false)])).toEqual({
    line: '1 passed, 1 failed, 0 skipped',
    passed: false,
  });
});

test('a file that could not be loaded counts as a failed test', () => {
  const report = { testResults: [{ status: 'failed', assertionResults: [] }] };
  const suites = [{ name: 'tests', exitedWell: false, report }, gate(true)];
  expect(summarize(suites).line).toBe('1 passed, 1 failed, 0 skipped');
});

test('tests that failed without one to blame count as one', () => {
  expect(summarize([tests(false, 'passed'), gate(true)]).line).toBe(
    '2 passed, 1 failed, 0 skipped',
  );
});

test('a suite that ran no test has not passed', () => {
  expect(summarize([tests(true, 'pending')]).passed).toBe(false);
  expect(summarize(parseSuites('tests 0\ncheck 0\n', (name) => reports[name]))).toEqual({
    line: '1 passed, 1 failed, 0 skipped',
    passed: false,
  });
});

test('a run without any suite has not passed', () => {
  expect(summarize(parseSuites('', () => undefined)).passed).toBe(false);
});

const reports: Record<string, string> = { tests: '{ cut off' };
