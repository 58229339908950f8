// What the last line of CI is counted from: vitest's json report.

export interface TestReport {
  testResults: {
    status: string;
    assertionResults: { status: string }[];
  }[];
}

/** The report, or an empty one where the tests ended before they wrote it. */
export function parseReport(text: string): TestReport {
  try {
    return JSON.parse(text) as TestReport;
  } catch {
    return { testResults: [] };
  }
}

/**
 * Counts tests by outcome, and the gate as one more. A file that could not be loaded is one failed
 * test, and so is a run that failed without any test to blame. A run without tests has not passed.
 */
export function summarize(
  report: TestReport,
  testsPassed: boolean,
  gatePassed: boolean,
): { line: string; passed: boolean } {
  const statuses = report.testResults.flatMap((file) => {
    const tests = file.assertionResults.map(({ status }) => status);
    return file.status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests;
  });
  const count = (status: string): number => statuses.filter((each) => each === status).length;
  const passed = count('passed');
  const failedTests = count('failed');
  const skipped = statuses.length - passed - failedTests;
  const ranTests = passed + failedTests > 0;
  const unexplained = failedTests === 0 && (!testsPassed || !ranTests) ? 1 : 0;
  const failed = failedTests + unexplained + (gatePassed ? 0 : 1);
  return {
    line: `${passed + (gatePassed ? 1 : 0)} passed, ${failed} failed, ${skipped} skipped`,
    passed: failed === 0,
  };
}
