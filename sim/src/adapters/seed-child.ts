import type { SimulationRequest } from '../cluster/simulation.ts';
import { switchMutant } from './switch-mutant.ts';

// A process that runs the seeds that it is sent, one after another, with the mutant that it is
// started with, if any.
const [, , mutant] = process.argv;
if (mutant !== undefined) switchMutant(mutant);
const { guardedSimulation } = await import('./guarded-simulation.ts');

process.on('message', (request: SimulationRequest) => {
  guardedSimulation(request).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(
        `seed ${request.seed}: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      process.exit(1);
    },
  );
});
