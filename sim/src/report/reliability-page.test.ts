import { describe, expect, it } from 'vitest';
import { evidenceOf, reliabilityPage } from './reliability-page.ts';

const LINES = [
  { seed: 5, findings: [], faults: { 'kill worker': 2, partition: 1 } },
  { seed: 6, findings: [{}], faults: { 'kill worker': 3 } },
  { from: 5, seeds: 2, simulatedMs: 7_200_000, events: 1500, faults: 6, failed: 1, wallMs: 60_000 },
  { seed: 6, minimised: 'npm run sim', runs: 4 },
  { name: 'one', what: 'is wrong', seeds: 3, seedsTried: 3, rule: 'gap' },
  { name: 'two', what: 'is wrong too', seedsTried: 9 },
  { mutants: 2, killed: 1, wallMs: 5 },
].map((line) => JSON.stringify(line));

describe('the page on reliability', () => {
  const page = reliabilityPage(evidenceOf([...LINES, '']));

  it('counts seeds, failures, hours and faults by kind', () => {
    expect(page).toContain('| seeds | 2 (5 to 6) |\n| of them failed | 1 |');
    expect(page).toContain('| simulated hours | 2.0 |');
    expect(page).toContain('| simulated seconds a minute | 7,200 |');
    expect(page).toContain('| kill worker | 5 |\n| partition | 1 |');
  });

  it('says of each mutant whether and when it was caught', () => {
    expect(page).toContain('1 of 2 were caught.');
    expect(page).toContain('| one | is wrong | 3 | gap |\n| two | is wrong too | not in 9 |  |');
  });
});
