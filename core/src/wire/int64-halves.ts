import type { Int64 } from '../event.ts';

const TWO_32 = 4_294_967_296;
const SAFE_HI_MAX = 0x1f_ffff;

/**
 * The signed 64-bit integer of two halves: a number where it is below 2^53 in magnitude.
 *
 * @param hi signed upper half
 * @param lo unsigned lower half
 */
export function int64FromHalves(hi: number, lo: number): Int64 {
  if (hi <= SAFE_HI_MAX && hi >= -SAFE_HI_MAX) return hi * TWO_32 + lo;
  return bigintFromHalves(hi, lo);
}

/** The same as a bigint, whatever its size. */
export function bigintFromHalves(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

/** The unsigned reading: a number where it is below 2^53. */
export function uint64FromHalves(hi: number, lo: number): Int64 {
  const upper = hi >>> 0;
  if (upper <= SAFE_HI_MAX) return upper * TWO_32 + lo;
  return (BigInt(upper) << 32n) | BigInt(lo);
}
