import { describe, expect, it } from 'vitest';
import { journalBudget } from './journal-budget.ts';

const MIB = 1024 * 1024;
const config = { dir: '/volume', journalBytesMax: 0, segmentBytes: 16 * MIB };

describe('the budget of the journal', () => {
  it('is 80 % of the volume where none is configured', () => {
    expect(journalBudget(config, 1000 * MIB)).toBe(800 * MIB);
  });

  it('is what is configured, whatever the volume', () => {
    expect(journalBudget({ ...config, journalBytesMax: 32 * MIB }, 10 * MIB)).toBe(32 * MIB);
  });

  it('holds two segments, or a worker that was full once would stay so', () => {
    expect(() => journalBudget({ ...config, journalBytesMax: 20 * MIB }, 1000 * MIB)).toThrow(
      '--journal-bytes-max is 20971520; 2 segments of 16777216 bytes need 33554432.',
    );
    expect(() => journalBudget(config, 30 * MIB)).toThrow('The volume of /volume has 31457280');
  });
});
