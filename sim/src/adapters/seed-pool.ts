import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SimulationResult } from '../cluster/simulation.ts';

const CHILD = fileURLToPath(new URL('./seed-child.ts', import.meta.url));

/** What runs seeds in processes of their own. */
export interface SeedRun {
  /** Processes at a time. */
  readonly jobs: number;
  readonly mutant: string | undefined;
  /** In how many regions the clusters live; undefined: one. */
  readonly regions: number | undefined;
  /** The next seed to run; undefined: there is none any more. */
  readonly nextSeed: () => number | undefined;
  /** Results come as they are done. */
  readonly onResult: (result: SimulationResult) => void;
}

/** Runs seeds in several processes at a time. */
export async function runSeeds(run: SeedRun): Promise<void> {
  await Promise.all(Array.from({ length: run.jobs }, () => runInChild(run)));
}

function runInChild({ mutant, regions, nextSeed, onResult }: SeedRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const mutants = mutant === undefined ? [] : [mutant];
    const child = fork(CHILD, mutants, { serialization: 'advanced' });
    let isFinished = false;
    const goOn = (): void => {
      const seed = nextSeed();
      if (seed !== undefined) {
        child.send({ seed, regions });
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
