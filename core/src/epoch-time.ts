import { asEpochNanos, type EpochNanos } from './brand.ts';

// A 64-bit count of nanoseconds does not fit a double. Event times are therefore handled as whole
// seconds, which do, and the nanoseconds within the second; both are split off without a bigint.
// Functions return one number each, so that nothing is allocated per event.

const NANOS_PER_SECOND = 1_000_000_000;
const NANOS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;
const TWO_32 = 4_294_967_296;

/**
 * Whole seconds since the Unix epoch, rounded down, of a time in nanoseconds.
 *
 * @param hi signed upper half of the 64-bit count
 * @param lo unsigned lower half
 */
export function epochSeconds(hi: number, lo: number): number {
  // The double is off by less than 1024 ns, so its quotient is off by one second at most.
  const estimate = Math.floor((hi * TWO_32 + lo) / NANOS_PER_SECOND);
  // What is left over lies between -1e9 and 2e9, so that its low 32 bits tell which case it is.
  const rest = (lo - Math.imul(estimate, NANOS_PER_SECOND)) >>> 0;
  if (rest < NANOS_PER_SECOND) return estimate;
  return rest < 2 * NANOS_PER_SECOND ? estimate + 1 : estimate - 1;
}

/**
 * Nanoseconds within the second, 0 to 999,999,999.
 *
 * @param seconds what `epochSeconds` gave for the same time
 */
export function nanosOfSecond(lo: number, seconds: number): number {
  return (lo - Math.imul(seconds, NANOS_PER_SECOND)) >>> 0;
}

/** Unsigned lower half of the time in nanoseconds. */
export function epochNanosLo(seconds: number, nanos: number): number {
  return (Math.imul(seconds, NANOS_PER_SECOND) + nanos) >>> 0;
}

/** Signed upper half of the time in nanoseconds; seconds within ±9.22e9 (years 1678 to 2262). */
export function epochNanosHi(seconds: number, nanos: number): number {
  const lo = epochNanosLo(seconds, nanos);
  // The difference is a multiple of 2^32 but for the rounding, which is far below half of that.
  // Adding 0 keeps a negative zero out.
  return Math.round((seconds * NANOS_PER_SECOND + nanos - lo) / TWO_32) + 0;
}

/** The time in nanoseconds as one integer. */
export function epochNanos(seconds: number, nanos: number): EpochNanos {
  return asEpochNanos(BigInt(seconds) * BigInt(NANOS_PER_SECOND) + BigInt(nanos));
}

/** Whole milliseconds since the Unix epoch, rounded down. */
export function epochMs(seconds: number, nanos: number): number {
  return seconds * MS_PER_SECOND + Math.floor(nanos / NANOS_PER_MS);
}

/**
 * Start of the right-open window [start, start + step) that a second lies in. Windows are counted
 * from the Unix epoch.
 *
 * @param stepSeconds length of a window, a positive integer
 */
export function windowStartSeconds(seconds: number, stepSeconds: number): number {
  const offset = seconds % stepSeconds;
  return offset < 0 ? seconds - offset - stepSeconds : seconds - offset;
}
