import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SimulationResult } from '../cluster/simulation.ts';

const CHILD = fileURLToPath(new URL('./seed-child.ts', import.meta.url));

/** Runs seeds in several processes at a time; results come as they are done. */
export async function runSeeds(
  jobs: number,
  nextSeed: () => number | undefined,
  onResult: (result: SimulationResult) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => runInChild(nextSeed, onResult)));
}

function runInChild(
  nextSeed: () => number | undefined,
  onResult: (result: SimulationResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, { serialization: 'advanced' });
    let isFinished = false;
    const goOn = (): void => {
      const seed = nextSeed();
      if (seed !== undefined) {
        child.send(seed);
        return;
      }
      isFinished = true;
      child.disconnect();
    };
    child.on('message', (result: SimulationResult) => {
      onResult(result);
      goOn();
    });
    child.on('exit', (code, signal) => {
      if (isFinished) resolve();
      else reject(new Error(`a process that runs seeds ended with ${code ?? signal}`));
    });
    goOn();
  });
}
