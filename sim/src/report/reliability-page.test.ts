import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../mutants/mutants.ts';
import { evidenceOf, reliabilityPage } from './reliability-page.ts';

const [ONE, TWO, THREE] = MUTANTS;
const LOST = { rule: 'lost write', what: 'alpha lacks 7' };
const RUN = { simulatedMs: 7_200_000, events: 1500, faults: 6, wallMs: 60_000 };
const LINES = [
  { seed: 5, findings: [], faults: { 'kill worker': 2, partition: 1 } },
  { seed: 6, findings: [LOST], faults: { 'kill worker': 3 } },
  { from: 5, regions: 1, seeds: 2, failed: 1, ...RUN },
  { seed: 6, minimised: 'npm run sim', runs: 4 },
  { seed: 8, findings: [], faults: { 'lose region': 1 } },
  { from: 8, regions: 2, seeds: 1, failed: 0, ...RUN },
  { name: ONE?.name, what: ONE?.what, seeds: 3, seedsTried: 3, rule: 'gap' },
  { name: TWO?.name, what: TWO?.what, seedsTried: 9 },
  { mutants: 2, killed: 1, seeds: 12, wallMs: 5 },
].map((line) => JSON.stringify(line));

describe('the page on reliability', () => {
  const page = reliabilityPage(evidenceOf([...LINES, '']));

  it('counts seeds, failures, hours and faults by kind, of one region and of two', () => {
    expect(page).toContain('| 1 | 2 | 1 | 2.0 | 7,200 | 1,500 | 6 |\n');
    expect(page).toContain('| 2 | 1 | 0 | 2.0 | 7,200 | 1,500 | 6 |\n');
    expect(page).toContain('The seeds: 5 to 6, 8 to 8.');
    expect(page).toContain('| kill worker | 5 |\n| partition | 1 |\n| lose region | 1 |');
  });

  it('names each seed that failed, and of what', () => {
    expect(page).toContain('- Seed 6 failed: lost write. alpha lacks 7\n');
  });

  it('says of each mutant whether and when it was caught, and of which nobody tried', () => {
    expect(page).toContain(`Of ${MUTANTS.length} there are, 2 were tried, with 12 seeds, and 1 `);
    expect(page).toContain(`| ${ONE?.name} | ${ONE?.what} | 3 | gap |\n`);
    expect(page).toContain(`| ${TWO?.name} | ${TWO?.what} | not in 9 |  |\n`);
    expect(page).toContain(`| ${THREE?.name} | ${THREE?.what} | not tried |  |\n`);
  });
});
