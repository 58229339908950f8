import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  epochMs,
  epochNanos,
  epochNanosHi,
  epochNanosLo,
  epochSeconds,
  nanosOfSecond,
  windowStartSeconds,
} from './epoch-time.ts';

const BILLION = 1_000_000_000n;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

const floorDivide = (dividend: bigint, divisor: bigint): bigint =>
  (dividend - (((dividend % divisor) + divisor) % divisor)) / divisor;

// Times a nanosecond around a whole second are where an estimate goes wrong.
const nanosAroundSeconds = fc
  .tuple(fc.bigInt({ min: -9_223_372_036n, max: 9_223_372_036n }), fc.integer({ min: -2, max: 2 }))
  .map(([seconds, offset]) => seconds * BILLION + BigInt(offset));
const time = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  nanosAroundSeconds,
  fc.constantFrom(INT64_MIN, INT64_MIN + 1n, -1n, 0n, 1n, INT64_MAX - 1n, INT64_MAX),
);

const hiOf = (nanos: bigint): number => Number(BigInt.asIntN(32, nanos >> 32n));
const loOf = (nanos: bigint): number => Number(BigInt.asUintN(32, nanos));

describe('epoch time', () => {
  it('splits every 64-bit time into the same seconds and nanoseconds as bigints do', () => {
    fc.assert(
      fc.property(time, (nanos) => {
        const seconds = epochSeconds(hiOf(nanos), loOf(nanos));
        const rest = nanosOfSecond(loOf(nanos), seconds);
        expect(BigInt(seconds)).toBe(floorDivide(nanos, BILLION));
        expect(BigInt(rest)).toBe(nanos - BigInt(seconds) * BILLION);
      }),
      { numRuns: 2000 },
    );
  });

  it('puts seconds and nanoseconds together again', () => {
    fc.assert(
      fc.property(time, (nanos) => {
        const seconds = epochSeconds(hiOf(nanos), loOf(nanos));
        const rest = nanosOfSecond(loOf(nanos), seconds);
        expect(Object.is(epochNanosHi(seconds, rest), hiOf(nanos))).toBe(true);
        expect(epochNanosLo(seconds, rest)).toBe(loOf(nanos));
        expect(epochNanos(seconds, rest)).toBe(nanos);
        expect(BigInt(epochMs(seconds, rest))).toBe(floorDivide(nanos, 1_000_000n));
      }),
      { numRuns: 2000 },
    );
  });

  it('puts a time on a boundary into the window that begins there', () => {
    expect(windowStartSeconds(120, 60)).toBe(120);
    expect(windowStartSeconds(119, 60)).toBe(60);
    expect(windowStartSeconds(-60, 60)).toBe(-60);
    expect(windowStartSeconds(-61, 60)).toBe(-120);
  });

  it('gives every second exactly one window of any step, also before 1970', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -9_223_372_036, max: 9_223_372_036 }),
        fc.integer({ min: 1, max: 604_800 }),
        (seconds, step) => {
          const start = windowStartSeconds(seconds, step);
          expect(Math.abs(start % step)).toBe(0);
          expect(start <= seconds && seconds < start + step).toBe(true);
        },
      ),
    );
  });
});
