import { describe, expect, it } from 'vitest';
import type { FaultRow } from './fault-rows.ts';
import { isSound, resultsOf, tableOf, type VitestReport } from './process-results.ts';

const ROWS: readonly FaultRow[] = [
  { row: 1, fault: 'one', simulated: [], processes: [{ file: 'a.e2e.ts', name: 'does' }] },
  { row: 2, fault: 'two', simulated: [], processes: [], beside: 'simulated alone' },
];

const report = (status: string, name = '100 does it'): VitestReport => ({
  testResults: [
    { name: '/somewhere/e2e/a.e2e.ts', assertionResults: [{ fullName: name, status }] },
  ],
});

describe('the results of the fault matrix', () => {
  it('count every run of every test', () => {
    const results = resultsOf(ROWS, [report('passed'), report('failed')]);
    expect(tableOf(results).split('\n').slice(2)).toEqual([
      '| 1 | one | 2 | 1 of 2 passed |  |',
      '| 2 | two | 0 | not by processes | simulated alone |',
    ]);
    expect(isSound(results, 2)).toBe(false);
  });

  it('are sound only where every test was run', () => {
    expect(isSound(resultsOf(ROWS, [report('passed')]), 1)).toBe(true);
    expect(isSound(resultsOf(ROWS, [report('passed', 'something else')]), 1)).toBe(false);
    expect(isSound(resultsOf(ROWS, [report('passed')]), 2)).toBe(false);
  });
});
