import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventTimes } from './event-times.ts';
import { TIME_ANCHORS_MAX } from './limits.ts';

const START = 1_736_173_800_000_000_000n;

describe('EventTimes', () => {
  it('is the start plus index / rate in whole nanoseconds, at any index and in any order', () => {
    const rate = fc
      .integer({ min: 1, max: 10_000_000_000 })
      .map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(rate, fc.array(fc.nat(1e9)), (each, indexes) => {
        const times = new EventTimes(each, START);
        for (const index of indexes) {
          const exact = (BigInt(index) * 10n ** 12n) / BigInt(Math.round(each * 1000));
          const difference = times.at(index) - START - exact;
          // The two parts of the index are rounded down apart.
          expect(difference === 0n || difference === -1n).toBe(true);
        }
      }),
    );
  });

  it('never goes back', () => {
    const times = new EventTimes(333_333.333, START);
    for (let index = 1; index < 10_000; index += 1) {
      expect(times.at(index)).toBeGreaterThanOrEqual(times.at(index - 1));
    }
  });

  it('counts from a new beginning after an anchor and keeps earlier times', () => {
    const times = new EventTimes(1000, START);
    const before = times.at(1499);
    times.anchor(1500, START + 10_000_000_000n);
    expect(times.at(1500)).toBe(START + 10_000_000_000n);
    expect(times.at(1501)).toBe(START + 10_001_000_000n);
    expect(times.at(1499)).toBe(before);
    times.anchor(1600, START + 20_000_000_000n);
    expect(times.at(1599)).toBe(START + 10_099_000_000n);
    expect(times.at(1600)).toBe(START + 20_000_000_000n);
    expect(times.at(0)).toBe(START);
  });

  it('replaces anchors of events not handed out and remembers a bounded number', () => {
    const times = new EventTimes(1000, START);
    for (let index = 0; index < 3 * TIME_ANCHORS_MAX; index += 1) {
      times.anchor(index * 10, START + BigInt(index) * 1_000_000_000n);
    }
    const last = 3 * TIME_ANCHORS_MAX - 1;
    expect(times.at(last * 10)).toBe(START + BigInt(last) * 1_000_000_000n);
    times.anchor(10 * (last - 1), START);
    expect(times.at(last * 10)).toBe(START + 10_000_000n);
  });
});
