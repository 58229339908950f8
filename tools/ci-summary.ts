// Counts what .ci/run ran, for its last line:
//
//   ci-summary.ts <folder>
//
// The folder holds `suites`, a line "<name> <exit code>" for each suite, and `<name>.json`, the
// report of vitest, for each suite that wrote one.
import fs from 'node:fs';
import path from 'node:path';
import { parseSuites, summarize } from './test-report.ts';

const folder = process.argv[2] ?? '';
const read = (name: string): string | undefined => {
  const file = path.join(folder, name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
};
const summary = summarize(parseSuites(read('suites') ?? '', (name) => read(`${name}.json`)));
console.log(summary.line);
process.exitCode = summary.passed ? 0 : 1;
