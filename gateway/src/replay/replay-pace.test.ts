import { expect, test } from 'vitest';
import { ReplayPace } from './replay-pace.ts';

const SECOND = 1_000_000_000n;

test('at speed 10 a tenth of a second shows a second', () => {
  const pace = new ReplayPace(10, 5n * SECOND, 1_000, false);
  expect(pace.dueNanos(1_100)).toBe(6n * SECOND);
  expect(pace.waitMs(7n * SECOND, 1_100)).toBeCloseTo(100);
});

test('a pause takes no event time, and another speed begins where it is', () => {
  const pace = new ReplayPace(1, 0n, 0, false);
  pace.change({ isPaused: true }, 2_000);
  expect(pace.dueNanos(9_000)).toBe(2n * SECOND - 1n);
  pace.change({ isPaused: false, speed: 100 }, 10_000);
  expect(pace.dueNanos(10_010)).toBe(3n * SECOND);
});

test('as fast as it is taken everything is due, and where it is then a speed begins', () => {
  const pace = new ReplayPace(undefined, 0n, 0, false);
  expect(pace.dueNanos(0)).toBeUndefined();
  expect(pace.waitMs(99n * SECOND, 0)).toBe(0);
  pace.moveTo(50n * SECOND, 500);
  pace.change({ speed: 1 }, 500);
  expect(pace.dueNanos(1_500)).toBe(51n * SECOND);
});
