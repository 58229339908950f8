import { seededRandom } from '@feedmill/core/random';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

describe('LatencyHistogram', () => {
  it('gives percentiles that are at most 0.8 % above the exact ones', () => {
    const random = seededRandom(7);
    const histogram = new LatencyHistogram();
    const values: number[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      const valueMs = Math.round(10 ** (random() * 7)) / 1000;
      values.push(valueMs);
      histogram.record(valueMs, 1);
    }
    values.sort((a, b) => a - b);
    for (const fraction of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.ceil(values.length * fraction) - 1] ?? Number.NaN;
      const measured = histogram.percentileMs(fraction);
      expect(measured).toBeGreaterThanOrEqual(exact);
      expect(measured).toBeLessThanOrEqual(exact * 1.008);
    }
  });

  it('counts a batch by its events, so that a large slow one shows', () => {
    const histogram = new LatencyHistogram();
    histogram.record(1, 90);
    histogram.record(50, 910);
    expect(histogram.summary()).toEqual({ count: 1000, p50: 50, p99: 50, p999: 50, max: 50 });
  });

  it('is the same after its pairs were added to an empty one', () => {
    const histogram = new LatencyHistogram();
    for (const [ms, events] of [
      [0.004, 3],
      [0.9, 5],
      [12.345, 700],
      [99_999, 1],
    ] as const) {
      histogram.record(ms, events);
    }
    const copy = new LatencyHistogram();
    copy.addPairs(histogram.toPairs());
    expect(copy.toPairs()).toEqual(histogram.toPairs());
    expect(copy.summary()).toEqual(histogram.summary());
  });

  it('says 0 when nothing was recorded, and keeps values beyond its range at the end of it', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.summary()).toEqual({ count: 0, p50: 0, p99: 0, p999: 0, max: 0 });
    histogram.record(1e12, 1);
    histogram.record(-5, 1);
    expect(histogram.percentileMs(0.5)).toBe(0);
    expect(histogram.summary().max).toBe(4_294_967.295);
  });
});
