import { FAULT_ROWS } from '../faults/fault-rows.ts';
import type { MutantOutcome } from '../run/kill-mutants.ts';

/** One seed, as `npm run sim -- --json` prints it. */
export interface SeedLine {
  readonly seed: number;
  readonly findings: readonly unknown[];
  readonly faults: Readonly<Record<string, number>>;
}

/** The whole of a run of seeds. */
export interface RunLine {
  readonly from: number;
  readonly seeds: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly faults: number;
  readonly failed: number;
  readonly wallMs: number;
}

/** What the runs have printed, sorted by what it is. */
export interface Evidence {
  readonly seeds: readonly SeedLine[];
  readonly runs: readonly RunLine[];
  readonly mutants: readonly MutantOutcome[];
}

/** Sorts lines of JSON; what is of no use here is left out. */
export function evidenceOf(lines: readonly string[]): Evidence {
  const parsed = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as object);
  return {
    seeds: parsed.filter((each): each is SeedLine => 'seed' in each && 'findings' in each),
    runs: parsed.filter((each): each is RunLine => 'from' in each && 'simulatedMs' in each),
    mutants: parsed.filter((each): each is MutantOutcome => 'seedsTried' in each),
  };
}

const MS_PER_HOUR = 3_600_000;
const MS_PER_MINUTE = 60_000;
const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

/** docs/reliability.md. */
export function reliabilityPage(evidence: Evidence): string {
  return `${[
    '# Reliability',
    'Written by `npm run reliability` from what runs have printed; nothing here is an estimate.\n' +
      '[Simulation](simulation.md) says how it is found out, and how to do it again.',
    '## Simulated',
    simulatedText(evidence),
    faultsTable(evidence.seeds),
    '## Deliberate defects',
    mutantsText(evidence.mutants),
    '## The fault matrix',
    matrixTable(),
    '## Known limits',
    LIMITS,
  ].join('\n\n')}\n`;
}

function simulatedText({ runs }: Evidence): string {
  const simulatedMs = sumOf(runs, (run) => run.simulatedMs);
  const wallMs = sumOf(runs, (run) => run.wallMs);
  const perMinute = simulatedMs / 1000 / (wallMs / MS_PER_MINUTE);
  const froms = runs.map(({ from, seeds }) => `${from} to ${from + seeds - 1}`).join(', ');
  return [
    '| | |',
    '|---|---|',
    `| seeds | ${number(sumOf(runs, (run) => run.seeds))} (${froms}) |`,
    `| of them failed | ${number(sumOf(runs, (run) => run.failed))} |`,
    `| simulated hours | ${(simulatedMs / MS_PER_HOUR).toFixed(1)} |`,
    `| events | ${number(sumOf(runs, (run) => run.events))} |`,
    `| faults | ${number(sumOf(runs, (run) => run.faults))} |`,
    `| simulated seconds a minute | ${number(perMinute)} |`,
  ].join('\n');
}

function faultsTable(seeds: readonly SeedLine[]): string {
  const counts = new Map<string, number>();
  for (const { faults } of seeds) {
    for (const [kind, count] of Object.entries(faults)) {
      counts.set(kind, (counts.get(kind) ?? 0) + count);
    }
  }
  const rows = [...counts].sort(([, one], [, other]) => other - one);
  return [
    '| what went wrong | times |',
    '|---|---|',
    ...rows.map(([kind, count]) => `| ${kind} | ${number(count)} |`),
  ].join('\n');
}

function mutantsText(mutants: readonly MutantOutcome[]): string {
  const caught = mutants.filter(({ seeds }) => seeds !== undefined);
  const rows = [...mutants].map(
    ({ name, what, seeds, seedsTried, rule }) =>
      `| ${name} | ${what} | ${seeds ?? `not in ${seedsTried}`} | ${rule ?? ''} |`,
  );
  return [
    `${caught.length} of ${mutants.length} were caught.\n`,
    '| mutant | what is wrong with it | seeds until caught | rule that it broke |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function matrixTable(): string {
  const rows = FAULT_ROWS.map(({ row, fault, simulated, processes, beside = '' }) => {
    const tests = [...new Set(processes.map(({ file }) => `\`e2e/${file}\``))].join(', ');
    return `| ${row} | ${fault} | ${simulated.join(', ')} | ${tests} | ${beside} |`;
  });
  return [
    '| row | fault | simulated as | processes | beside |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const LIMITS = `- One region is simulated. \`npm run model\` checks the protocol of two in every
  state of small bounds.
- Rows of the matrix without a kind in the simulation and without a test with processes are not
  tried.
- What is beyond repair without a second copy (a flipped bit or a misdirected write in what Postgres
  does not hold yet, a lost volume) is found and refused, not repaired.
- Postgres is doubled [by statement](decisions/0013-postgres-is-doubled-by-statement.md): its
  own defects are not looked for.`;
