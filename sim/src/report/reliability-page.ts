import { FAULT_ROWS } from '../faults/fault-rows.ts';
import { MUTANTS } from '../mutants/mutants.ts';
import type { MutantOutcome } from '../run/kill-mutants.ts';
import { type RunTotals, simulatedSecondsPerMinute } from '../run/run-totals.ts';

/** One seed, as `npm run sim -- --json` prints it. */
export interface SeedLine {
  readonly seed: number;
  readonly findings: readonly { readonly rule: string; readonly what: string }[];
  readonly faults: Readonly<Record<string, number>>;
}

/** What the runs have printed, sorted by what it is. */
export interface Evidence {
  readonly seeds: readonly SeedLine[];
  readonly runs: readonly RunTotals[];
  readonly mutants: readonly MutantOutcome[];
}

/** Sorts lines of JSON; what is of no use here is left out. */
export function evidenceOf(lines: readonly string[]): Evidence {
  const parsed = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as object);
  return {
    seeds: parsed.filter((each): each is SeedLine => 'seed' in each && 'findings' in each),
    runs: parsed.filter((each): each is RunTotals => 'from' in each && 'simulatedMs' in each),
    mutants: parsed.filter((each): each is MutantOutcome => 'seedsTried' in each),
  };
}

const MS_PER_HOUR = 3_600_000;
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

function simulatedText({ runs, seeds }: Evidence): string {
  const rows = [...Map.groupBy(runs, ({ regions }) => regions)]
    .sort(([one], [other]) => one - other)
    .map(([regions, each]) => totalsRow(regions, each));
  const ranges = runs.map(({ from, seeds: count }) => `${from} to ${from + count - 1}`);
  return [
    '| regions | seeds | failed | simulated hours | simulated s a minute | events | faults |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    failedText(seeds),
    '',
    `The seeds: ${ranges.join(', ')}.`,
  ].join('\n');
}

function totalsRow(regions: number, runs: readonly RunTotals[]): string {
  const simulatedMs = sumOf(runs, (run) => run.simulatedMs);
  const wallMs = sumOf(runs, (run) => run.wallMs);
  const cells = [
    regions,
    number(sumOf(runs, (run) => run.seeds)),
    number(sumOf(runs, (run) => run.failed)),
    (simulatedMs / MS_PER_HOUR).toFixed(1),
    number(simulatedSecondsPerMinute(simulatedMs, wallMs)),
    number(sumOf(runs, (run) => run.events)),
    number(sumOf(runs, (run) => run.faults)),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Which seeds failed, and of what. */
function failedText(seeds: readonly SeedLine[]): string {
  const failed = seeds.flatMap(({ seed, findings: [first] }) =>
    first === undefined ? [] : [`- Seed ${seed} failed: ${first.rule}. ${first.what}`],
  );
  return failed.length === 0 ? 'No seed failed.' : failed.join('\n');
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
  const outcomes = new Map(mutants.map((outcome) => [outcome.name, outcome]));
  const caught = mutants.filter(({ seeds }) => seeds !== undefined);
  const seedsTried = sumOf(mutants, (outcome) => outcome.seedsTried);
  const rows = MUTANTS.map(({ name, what }) => {
    const { seeds, seedsTried: tried = 0, rule = '' } = outcomes.get(name) ?? {};
    const result = seeds ?? (tried === 0 ? 'not tried' : `not in ${tried}`);
    return `| ${name} | ${what} | ${result} | ${rule} |`;
  });
  return [
    `Of ${MUTANTS.length} there are, ${mutants.length} were tried, with ${number(seedsTried)} ` +
      `seeds, and ${caught.length} were caught.\n`,
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

const LIMITS = `- How much was simulated in a minute is what these runs reached, whatever else their
  machine did.
- Seeds of two regions are slower and were fewer. There, feeds are not moved between shards, and
  disks neither rot nor write elsewhere.
- How a row went with processes is printed by \`npm run faults\`; this page names the tests alone.
  Rows without a kind in the simulation and without a test with processes are not tried.
- How long a stream stands still when a region or a worker is lost is measured by drills, not here:
  [performance](performance.md).
- What is beyond repair without a second copy (a flipped bit or a misdirected write in what Postgres
  does not hold yet, a lost volume) is found and refused, not repaired.
- Postgres is doubled [by statement](decisions/0013-postgres-is-doubled-by-statement.md): its
  own defects are not looked for.`;
