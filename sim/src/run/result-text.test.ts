import { describe, expect, it } from 'vitest';
import { totalsText } from './result-text.ts';

const TOTALS = { from: 10, regions: 1, seeds: 3, events: 4, faults: 5, failed: 0 };

describe('the line that ends a run of seeds', () => {
  it('names the last seed, and how much was simulated in a minute', () => {
    const whole = { ...TOTALS, simulatedMs: 1_800_000, wallMs: 30_000 };
    expect(totalsText(whole)).toBe(
      '3 seeds from 10 to 12: 0 failed; 4 events, 5 faults, 0.50 simulated hours in 30.0 s: ' +
        '3600 simulated seconds a minute of one region',
    );
    expect(totalsText({ ...whole, regions: 2 })).toContain('a minute of 2 regions');
  });
});
