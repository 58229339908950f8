import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { FeedmillError } from '@feedmill/core/errors';
import { guardedSimulation } from './adapters/guarded-simulation.ts';
import { runSeeds } from './adapters/seed-pool.ts';
import type { SimulationResult } from './cluster/simulation.ts';
import { commandOf, minimise } from './run/minimise.ts';
import { outcomeText, resultText } from './run/result-text.ts';
import { parseRunRequest, type RunRequest } from './run/run-request.ts';

const EXIT_FOUND = 1;
const EXIT_USAGE = 2;
const SEEDS_MAX = 2 ** 31;
const MS_PER_MINUTE = 60_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function runOne(seed: number, request: RunRequest): Promise<boolean> {
  const { faults, eventsMax, isTraced, isJson } = request;
  const result = await guardedSimulation({
    seed,
    faults,
    eventsMax,
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
  await runSeeds(request.jobs ?? availableParallelism(), nextSeed, (result) => {
    totals.seeds += 1;
    totals.simulatedMs += result.simulatedMs;
    totals.events += result.events;
    totals.faults += result.faults.length;
    if (result.findings.length > 0) failed.push(result);
    if (request.isJson) say(JSON.stringify(summaryOf(result)));
    else if (result.findings.length > 0) say(outcomeText(result));
  });
  // One of each rule: the others are mostly the same defect.
  const rules = new Map(failed.map((each) => [each.findings[0]?.rule, each]));
  for (const each of rules.values()) await tellShortest(each, request.isJson);
  const wallMs = performance.now() - startedMs;
  if (request.isJson) say(JSON.stringify({ from, ...totals, failed: failed.length, wallMs }));
  else {
    say(
      `${totals.seeds} seeds from ${from} to ${next - 1}: ${failed.length} failed; ` +
        `${totals.events} events, ${totals.faults} faults, ` +
        `${(totals.simulatedMs / 3_600_000).toFixed(2)} simulated hours in ` +
        `${(wallMs / 1000).toFixed(1)} s`,
    );
  }
  return failed.length === 0;
}

/** Of a result, what stands for it where there are many. */
function summaryOf({ seed, findings, fingerprint, steps, simulatedMs, faults }: SimulationResult) {
  const kinds: Record<string, number> = {};
  for (const { kind } of faults) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { seed, findings, fingerprint, steps, simulatedMs, faults: kinds };
}

async function tellShortest(failed: SimulationResult, isJson: boolean): Promise<void> {
  const { request, result, runs } = await minimise(failed, guardedSimulation);
  const command = commandOf(request);
  if (isJson) say(JSON.stringify({ seed: failed.seed, minimised: command, runs }));
  else say(`\nminimised in ${runs} runs:\n  ${command}\n${outcomeText(result)}`);
}

try {
  const request = parseRunRequest(process.argv.slice(2));
  const isSound =
    request.seed === undefined ? await runMany(request) : await runOne(request.seed, request);
  process.exitCode = isSound ? 0 : EXIT_FOUND;
} catch (error) {
  const { code, message, stack } = FeedmillError.from(error);
  process.stderr.write(`${code === 'INTERNAL' ? stack : message}\n`);
  process.exitCode = code === 'USAGE' ? EXIT_USAGE : EXIT_FOUND;
}
