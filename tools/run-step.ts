import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** The outcome of one step of the gate. */
export interface StepOutcome {
  passed: boolean;
  /** What the step printed, for the reader of a failure. */
  output: string;
  /** One line beside the name of a step that had nothing to check. */
  note?: string;
  seconds: number;
}

// The slowest step takes some 30 s on two cores; past this one it hangs.
const stepMsMax = 5 * 60_000;

/** Runs a program to its end, with what it prints collected. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<StepOutcome> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: stepMsMax,
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const finish = (passed: boolean): void => {
      resolve({ passed, output, seconds: (performance.now() - startMs) / 1000 });
    };
    child.on('error', (error) => {
      output += error.message;
      finish(false);
    });
    child.on('close', (code, signal) => {
      if (signal !== null) output += `\nended by ${signal} (a step may take ${stepMsMax / 1000} s)`;
      finish(code === 0);
    });
  });
}
