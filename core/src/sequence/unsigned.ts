import type { Int64 } from '../event.ts';
import { canonicalInt64 } from '../fixed-point.ts';

// Arithmetic on venue sequences: unsigned 64-bit integers, as numbers where they are below 2^53.

export function increment(value: Int64): Int64 {
  if (typeof value === 'number' && value < Number.MAX_SAFE_INTEGER) return value + 1;
  return canonicalInt64(BigInt(value) + 1n);
}

export function decrement(value: Int64): Int64 {
  return typeof value === 'number' ? value - 1 : canonicalInt64(value - 1n);
}

/** How many integers there are from `first` to `last`, both included. */
export function countBetween(first: Int64, last: Int64): Int64 {
  // From 0 on there may be 2^53 of them, one more than a number counts.
  if (typeof first === 'number' && typeof last === 'number' && first > 0) return last - first + 1;
  return canonicalInt64(BigInt(last) - BigInt(first) + 1n);
}

export function minus(left: Int64, right: Int64): Int64 {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return canonicalInt64(BigInt(left) - BigInt(right));
}

export const larger = (left: Int64, right: Int64): Int64 => (left < right ? right : left);
export const smaller = (left: Int64, right: Int64): Int64 => (left < right ? left : right);
