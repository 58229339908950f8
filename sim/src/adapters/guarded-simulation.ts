import { type SimulationRequest, type SimulationResult, simulate } from '../cluster/simulation.ts';
import type { TableSchema } from '../postgres/schema.ts';
import { loadSchemas, settle } from './real-world.ts';
import { withoutRealWorld } from './real-world-guard.ts';

let schemas: readonly TableSchema[] | undefined;

/** Runs a simulation for which nothing real exists; one that looks for it has failed. */
export async function guardedSimulation(request: SimulationRequest): Promise<SimulationResult> {
  schemas ??= loadSchemas();
  const deps = { settle, schemas };
  const reached: string[] = [];
  const result = await withoutRealWorld(
    (what) => reached.push(what),
    () => simulate(request, deps),
  );
  const [what] = reached;
  if (what === undefined) return result;
  const finding = { atMs: 0, rule: 'real world', what: `the run reached for ${what}` };
  return { ...result, findings: [finding, ...result.findings] };
}
