// Counts the tests of one run, and the gate as one more, for the last line of .ci/run:
//
//   ci-summary.ts <vitest's json report> <exit code of the tests> <exit code of the gate>
import fs from 'node:fs';
import { parseReport, summarize } from './test-report.ts';

const [reportFile = '', testsExitCode, gateExitCode] = process.argv.slice(2);
const text = fs.existsSync(reportFile) ? fs.readFileSync(reportFile, 'utf8') : '';
const summary = summarize(parseReport(text), testsExitCode === '0', gateExitCode === '0');
console.log(summary.line);
process.exitCode = summary.passed ? 0 : 1;
