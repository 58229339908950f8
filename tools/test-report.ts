// What the last line of CI is counted from: exit codes, and vitest's json reports.

export interface TestReport {
  testResults: {
    status: string;
    assertionResults: { status: string }[];
  }[];
}

/** One suite that ran; without a report it is a program that passes or fails as a whole. */
export interface Suite {
  name: string;
  exitedWell: boolean;
  report: TestReport | undefined;
}

/**
 * Reads the list of suites.
 *
 * @param list a line "<name> <exit code>" for each suite
 * @param reportOf the text of a suite's report; undefined where it wrote none
 */
export function parseSuites(list: string, reportOf: (name: string) => string | undefined): Suite[] {
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', exitCode] = line.split(' ');
      const text = reportOf(name);
      const report = text === undefined ? undefined : parseReport(text);
      return { name, exitedWell: exitCode === '0', report };
    });
}

/** The report, or an empty one where the tests ended before they wrote it. */
function parseReport(text: string): TestReport {
  try {
    return JSON.parse(text) as TestReport;
  } catch {
    return { testResults: [] };
  }
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Adds up all suites. A run without suites has not passed. */
export function summarize(suites: readonly Suite[]): { line: string; passed: boolean } {
  const total: Counts = { passed: 0, failed: suites.length === 0 ? 1 : 0, skipped: 0 };
  for (const suite of suites) {
    const counts = countsOf(suite);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  return {
    line: `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
    passed: total.failed === 0,
  };
}

/**
 * Counts tests by outcome. A file that could not be loaded is one failed test, and so is a suite
 * that failed, or ran nothing, without any test to blame.
 */
function countsOf({ exitedWell, report }: Suite): Counts {
  if (report === undefined) {
    return { passed: exitedWell ? 1 : 0, failed: exitedWell ? 0 : 1, skipped: 0 };
  }
  const statuses = report.testResults.flatMap((file) => {
    const tests = file.assertionResults.map(({ status }) => status);
    return file.status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests;
  });
  const count = (status: string): number => statuses.filter((each) => each === status).length;
  const passed = count('passed');
  const failed = count('failed');
  const ranTests = passed + failed > 0;
  const unexplained = failed === 0 && (!exitedWell || !ranTests) ? 1 : 0;
  return { passed, failed: failed + unexplained, skipped: statuses.length - passed - failed };
}
