import type { SimulationResult } from '../cluster/simulation.ts';
import type { MutantOutcome } from './kill-mutants.ts';
import { type RunTotals, simulatedSecondsPerMinute } from './run-totals.ts';

/** Everything that a seed drew, and what came of it. */
export function resultText(result: SimulationResult): string {
  const { options, faults } = result;
  const { worker, producers, ...rest } = options;
  const { limits, ...settings } = worker;
  const lines = [
    `seed ${result.seed}`,
    ...Object.entries(rest).map(([name, value]) => `  ${name}: ${valueText(value)}`),
    `  worker: ${valueText(settings)}`,
    `  worker limits: ${valueText(limits)}`,
    ...producers.map((producer) => `  producer: ${valueText(producer)}`),
    `  faults: ${faults.length}`,
    ...faults.map(
      ({ id, atMs, kind, durationMs }) =>
        `  ${String(id).padStart(4)}  at ${atMs.toFixed(0).padStart(6)} ms  ${kind}` +
        ` (${durationMs.toFixed(0)} ms)`,
    ),
    outcomeText(result),
  ];
  return `${lines.join('\n')}\n`;
}

/** One line: how far it came, and what is wrong. */
export function outcomeText(result: SimulationResult): string {
  const { seed, findings, fingerprint, steps, simulatedMs, events, faults } = result;
  const [first] = findings;
  const verdict =
    first === undefined ? 'ok' : `FAILED at ${first.atMs.toFixed(1)} ms, ${first.rule}`;
  const line =
    `seed ${seed}: ${verdict}; ${events} events, ${faults.length} faults, ` +
    `${(simulatedMs / 1000).toFixed(1)} simulated s in ${steps} steps, fingerprint ${fingerprint}`;
  return first === undefined ? line : `${line}\n  ${first.what}`;
}

/** One line: what many seeds came to, and how fast. */
export function totalsText(totals: RunTotals): string {
  const { from, regions, seeds, simulatedMs, events, faults, failed, wallMs } = totals;
  const perMinute = Math.round(simulatedSecondsPerMinute(simulatedMs, wallMs));
  return (
    `${seeds} seeds from ${from} to ${from + seeds - 1}: ${failed} failed; ` +
    `${events} events, ${faults} faults, ${(simulatedMs / 3_600_000).toFixed(2)} simulated ` +
    `hours in ${(wallMs / 1000).toFixed(1)} s: ${perMinute} simulated seconds a minute of ` +
    (regions === 1 ? 'one region' : `${regions} regions`)
  );
}

/** One line: whether a mutant was caught, when and by which rule. */
export function mutantText({ name, what, seeds, seedsTried, rule }: MutantOutcome): string {
  const verdict =
    seeds === undefined
      ? `NOT CAUGHT in ${seedsTried} seeds`
      : `caught after ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} (${rule})`;
  return `${name}: ${verdict}; ${what}`;
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).map(([name, each]) => `${name} ${valueText(each)}`);
  return `{ ${parts.join(', ')} }`;
}
