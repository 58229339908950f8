import type { FaultRow, ProcessTest } from './fault-rows.ts';

/** Of vitest's report in JSON what is needed here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** How a row went, over all runs. */
export interface RowResult {
  readonly row: FaultRow;
  /** Runs of its tests, and how many of them passed. */
  readonly runs: number;
  readonly passed: number;
}

/** Counts what the reports say of each row. */
export function resultsOf(
  rows: readonly FaultRow[],
  reports: readonly VitestReport[],
): readonly RowResult[] {
  return rows.map((row) => {
    const states = row.processes.flatMap((test) => reports.flatMap((each) => statesOf(each, test)));
    const passed = states.filter((status) => status === 'passed').length;
    return { row, runs: states.length, passed };
  });
}

function statesOf({ testResults }: VitestReport, { file, name }: ProcessTest): string[] {
  return testResults
    .filter((result) => result.name.endsWith(`/${file}`))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => fullName.includes(name))
    .map(({ status }) => status);
}

/** Whether every test of every row was run each time, and passed. */
export function isSound(results: readonly RowResult[], times: number): boolean {
  return results.every(
    ({ row, runs, passed }) => runs === passed && runs === row.processes.length * times,
  );
}

/** The matrix as a table. */
export function tableOf(results: readonly RowResult[]): string {
  const lines = results.map(({ row: { row, fault, beside = '' }, runs, passed }) => {
    const result = runs === 0 ? 'not by processes' : `${passed} of ${runs} passed`;
    return `| ${row} | ${fault} | ${runs} | ${result} | ${beside} |`;
  });
  return ['| row | fault | runs | result | beside |', '|---|---|---|---|---|', ...lines].join('\n');
}
