import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { FeedmillError } from '@feedmill/core/errors';
import { runSeeds } from './adapters/seed-pool.ts';
import { switchMutant } from './adapters/switch-mutant.ts';
import type { SimulationResult } from './cluster/simulation.ts';
import { MUTANTS } from './mutants/mutants.ts';
import { killMutants } from './run/kill-mutants.ts';
import { commandOf, minimise } from './run/minimise.ts';
import { mutantText, outcomeText, resultText, totalsText } from './run/result-text.ts';
import { parseRunRequest, type RunRequest } from './run/run-request.ts';

const EXIT_FOUND = 1;
const EXIT_USAGE = 2;
const SEEDS_MAX = 2 ** 31;
const MS_PER_MINUTE = 60_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Loaded late: a mutant has to be switched on before. */
async function loadSimulation() {
  return (await import('./adapters/guarded-simulation.ts')).guardedSimulation;
}

async function runOne(seed: number, request: RunRequest): Promise<boolean> {
  const guardedSimulation = await loadSimulation();
  const { faults, eventsMax, regions, isTraced, isJson } = request;
  const result = await guardedSimulation({
    seed,
    faults,
    eventsMax,
    regions,
    ...(isTraced && { onNote: say }),
  });
  say(isJson ? JSON.stringify(result) : resultText(result));
  return result.findings.length === 0;
}

async function runMany(request: RunRequest): Promise<boolean> {
  const from = request.from ?? randomInt(SEEDS_MAX);
  const startedMs = performance.now();
  const endMs = startedMs + (request.minutes ?? 0) * MS_PER_MINUTE;
  let next = from;
  const nextSeed = (): number | undefined => {
    const isOver =
      request.minutes === undefined ? next - from >= request.seeds : performance.now() > endMs;
    if (isOver) return undefined;
    next += 1;
    return next - 1;
  };
  if (!request.isJson) say(`seeds from ${from}`);
  const totals = { seeds: 0, simulatedMs: 0, events: 0, faults: 0 };
  const failed: SimulationResult[] = [];
  const onResult = (result: SimulationResult): void => {
    totals.seeds += 1;
    totals.simulatedMs += result.simulatedMs;
    totals.events += result.events;
    totals.faults += result.faults.length;
    if (result.findings.length > 0) failed.push(result);
    if (request.isJson) say(JSON.stringify(summaryOf(result)));
    else if (result.findings.length > 0) say(outcomeText(result));
  };
  const { mutant, regions } = request;
  const jobs = request.jobs ?? availableParallelism();
  await runSeeds({ jobs, mutant, regions, nextSeed, onResult });
  // One of each rule: the others are mostly the same defect.
  const rules = new Map(failed.map((each) => [each.findings[0]?.rule, each]));
  for (const each of rules.values()) await tellShortest(each, request);
  const whole = {
    from,
    regions: regions ?? 1,
    ...totals,
    failed: failed.length,
    wallMs: performance.now() - startedMs,
  };
  say(request.isJson ? JSON.stringify(whole) : totalsText(whole));
  return failed.length === 0;
}

/** Of a result, what stands for it where there are many. */
function summaryOf({ seed, findings, fingerprint, steps, simulatedMs, faults }: SimulationResult) {
  const kinds: Record<string, number> = {};
  for (const { kind } of faults) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { seed, findings, fingerprint, steps, simulatedMs, faults: kinds };
}

async function tellShortest(
  failed: SimulationResult,
  { isJson, mutant }: RunRequest,
): Promise<void> {
  const { request, result, runs } = await minimise(failed, await loadSimulation());
  const command = commandOf(request, mutant);
  if (isJson) say(JSON.stringify({ seed: failed.seed, minimised: command, runs }));
  else say(`\nminimised in ${runs} runs:\n  ${command}\n${outcomeText(result)}`);
}

async function runMutants(request: RunRequest): Promise<boolean> {
  const { mutant } = request;
  const mutants = MUTANTS.filter(({ name }) => mutant === undefined || name === mutant);
  const startedMs = performance.now();
  let killed = 0;
  let seeds = 0;
  await killMutants({
    mutants,
    jobs: request.jobs ?? availableParallelism(),
    from: request.from ?? 1,
    seedsMax: request.seeds,
    runSeeds,
    onOutcome: (outcome) => {
      if (outcome.seeds !== undefined) killed += 1;
      seeds += outcome.seedsTried;
      say(request.isJson ? JSON.stringify(outcome) : mutantText(outcome));
    },
  });
  const wallMs = performance.now() - startedMs;
  const of = mutants.length;
  if (request.isJson) say(JSON.stringify({ mutants: of, killed, seeds, wallMs }));
  else {
    const seconds = (wallMs / 1000).toFixed(1);
    say(`${killed} of ${of} mutants caught with ${seeds} seeds in ${seconds} s`);
  }
  return killed === of && of > 0;
}

try {
  const request = parseRunRequest(process.argv.slice(2));
  const { mutant, killsMutants } = request;
  if (mutant !== undefined && !killsMutants) switchMutant(mutant);
  let isSound: boolean;
  if (killsMutants) isSound = await runMutants(request);
  else if (request.seed === undefined) isSound = await runMany(request);
  else isSound = await runOne(request.seed, request);
  process.exitCode = isSound ? 0 : EXIT_FOUND;
} catch (error) {
  const { code, message, stack } = FeedmillError.from(error);
  process.stderr.write(`${code === 'INTERNAL' ? stack : message}\n`);
  process.exitCode = code === 'USAGE' ? EXIT_USAGE : EXIT_FOUND;
}
