import { guardedSimulation } from './guarded-simulation.ts';

// A process that runs the seeds that it is sent, one after another.
process.on('message', (seed: number) => {
  guardedSimulation({ seed }).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(
        `seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      process.exit(1);
    },
  );
});
