// The gate: everything that must hold before a change goes in, the same here and in CI.
//
//   npm run check                      all of it
//   npm run check -- --without-tests   without the unit tests, where they have just run
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { compareGenerated, findBreakingChanges, lintContracts } from './contract-steps.ts';
import { repositoryRoot } from './repository.ts';
import { runProgram, type StepOutcome } from './run-step.ts';

interface Step {
  name: string;
  run: () => Promise<StepOutcome>;
}

// Most steps are themselves parallel; more at once only makes each slower on two cores.
const stepsAtOnceMax = 2;

const tool =
  (script: string, ...args: string[]) =>
  (): Promise<StepOutcome> =>
    runProgram(
      process.execPath,
      [path.join(repositoryRoot, 'node_modules', script), ...args],
      // vitest prints a terminal's colours here otherwise, and pads failures with its banner.
      { cwd: repositoryRoot, env: { ...process.env, NO_COLOR: '1' } },
    );

const vitest = (project: string): (() => Promise<StepOutcome>) =>
  tool('vitest/vitest.mjs', 'run', '--project', project, '--passWithNoTests');

// The longest first, so that the short ones fill the gaps.
const steps: Step[] = [
  { name: 'unit tests', run: vitest('unit') },
  { name: 'types (tsc)', run: tool('typescript/bin/tsc', '--noEmit') },
  { name: 'types of the console', run: tool('typescript/bin/tsc', '-p', 'console') },
  { name: 'types of browser tests', run: tool('typescript/bin/tsc', '-p', 'e2e/browser') },
  { name: 'lint (oxlint)', run: tool('oxlint/bin/oxlint', '--deny-warnings') },
  { name: 'unused code (knip)', run: tool('knip/bin/knip.js', '--no-config-hints') },
  { name: 'tidy', run: vitest('tidy') },
  { name: 'generated files (buf)', run: compareGenerated },
  { name: 'breaking changes (buf)', run: findBreakingChanges },
  { name: 'contracts (buf lint)', run: lintContracts },
  { name: 'format (biome)', run: tool('@biomejs/biome/bin/biome', 'check') },
];

async function runAll(waiting: Step[]): Promise<string[]> {
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const outcome = await step.run();
      report(step.name, outcome);
      if (!outcome.passed) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: stepsAtOnceMax }, worker));
  return failed;
}

function report(name: string, { passed, output, note, seconds }: StepOutcome): void {
  const result = passed ? 'ok    ' : 'FAILED';
  const remark = note === undefined ? '' : `  ${note}`;
  console.log(`${result} ${name.padEnd(24)}${seconds.toFixed(1).padStart(6)} s${remark}`);
  if (!passed) console.log(`${output.trimEnd().replaceAll(/^/gm, '    ')}\n`);
}

const startMs = performance.now();
const withoutTests = process.argv.includes('--without-tests');
const failed = await runAll(steps.filter(({ name }) => !(withoutTests && name === 'unit tests')));
const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
if (failed.length === 0) {
  console.log(`check passed in ${seconds} s`);
} else {
  console.log(`check failed in ${seconds} s: ${failed.join(', ')}`);
  process.exitCode = 1;
}
