import { FeedmillError } from './errors.ts';
import type { Int64 } from './event.ts';

// Prices and sizes are integer mantissas of this many decimals.
const FIXED_POINT_DECIMALS = 9;

const UNIT = 1_000_000_000;
const UNIT_BIG = 1_000_000_000n;
const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;
// What one whole unit of a text with so many decimals is worth in mantissa steps.
const STEPS_BY_DECIMALS = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 10, 1] as const;
// The longest exact value has 20 characters; more is padding, and BigInt's cost grows with it.
const UNUSUAL_CHARS_MAX = 64;
const QUOTED_CHARS_MAX = 40;

const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/**
 * The mantissa times 1e-9 that a venue's decimal text stands for, exactly.
 *
 * @param text digits with an optional minus, point and exponent: `61737.63000000`, `-0.5`, `1e-8`
 * @throws FeedmillError SOURCE_FAILED when the text is no decimal, has a digit other than 0 beyond
 *   the ninth decimal, or does not fit 64 bits
 */
export function parseDecimal(text: string): Int64 {
  const length = text.length;
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let digits = 0;
  let pointAt = -1;
  for (let at = start; at < length; at += 1) {
    const code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
    } else if (code === POINT && pointAt < 0) {
      pointAt = at;
    } else {
      return parseUnusual(text);
    }
  }
  const decimals = pointAt < 0 ? 0 : length - pointAt - 1;
  const digitCount = length - start - (pointAt < 0 ? 0 : 1);
  const steps = STEPS_BY_DECIMALS[decimals];
  // Rounding never brings a sum or a product that has passed 2^53 back below it, so a result that
  // is safe was exact all the way.
  if (digitCount === 0 || steps === undefined || digits > Number.MAX_SAFE_INTEGER) {
    return parseUnusual(text);
  }
  const mantissa = digits * steps;
  if (mantissa > Number.MAX_SAFE_INTEGER) return parseUnusual(text);
  return start === 1 ? 0 - mantissa : mantissa;
}

/** Everything that the fast loop leaves: exponents, more than 53 bits, and faults. */
function parseUnusual(text: string): Int64 {
  if (text.length > UNUSUAL_CHARS_MAX) {
    throw undecodable(text, `it may have ${UNUSUAL_CHARS_MAX} characters, it has ${text.length}`);
  }
  const parts = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts ?? [];
  const digits = whole + fraction;
  if (parts === null || digits === '') {
    throw undecodable(text, 'digits with at most one point are allowed, as in -61737.63 or 1e-8');
  }
  const magnitude = BigInt(digits);
  const shift = FIXED_POINT_DECIMALS - fraction.length + Number(exponent);
  let mantissa = magnitude;
  if (magnitude !== 0n && shift > 0) {
    if (shift > UNUSUAL_CHARS_MAX) throw outOfRange(text);
    mantissa *= 10n ** BigInt(shift);
  } else if (magnitude !== 0n && shift < 0) {
    const kept = digits.slice(0, shift);
    if (/[^0]/.test(digits.slice(shift))) {
      throw undecodable(text, `only ${FIXED_POINT_DECIMALS} decimals are exact; scale it first`);
    }
    mantissa = BigInt(kept);
  }
  if (sign === '-') mantissa = -mantissa;
  if (mantissa > INT64_MAX || mantissa < INT64_MIN) throw outOfRange(text);
  return canonicalInt64(mantissa);
}

function outOfRange(text: string): FeedmillError {
  const bounds = `${formatDecimal(INT64_MIN)} to ${formatDecimal(INT64_MAX)}`;
  return undecodable(text, `${bounds} is what 64 bits hold; scale it first`);
}

function undecodable(text: string, rule: string): FeedmillError {
  const quoted = JSON.stringify(text.slice(0, QUOTED_CHARS_MAX));
  const more = text.length > QUOTED_CHARS_MAX ? '…' : '';
  return new FeedmillError('SOURCE_FAILED', `${quoted}${more} is no price or size: ${rule}.`);
}

/** The decimal text of a mantissa times 1e-9, without zeros at the end: `61737.63`. */
export function formatDecimal(mantissa: Int64): string {
  const isNegative = mantissa < 0;
  let whole: number | bigint;
  let fraction: number;
  if (typeof mantissa === 'number') {
    const magnitude = Math.abs(mantissa);
    whole = Math.floor(magnitude / UNIT);
    fraction = magnitude % UNIT;
  } else {
    const magnitude = isNegative ? -mantissa : mantissa;
    whole = magnitude / UNIT_BIG;
    fraction = Number(magnitude % UNIT_BIG);
  }
  const sign = isNegative ? '-' : '';
  if (fraction === 0) return `${sign}${whole}`;
  const decimals = String(fraction).padStart(FIXED_POINT_DECIMALS, '0').replace(/0+$/, '');
  return `${sign}${whole}.${decimals}`;
}

/** The one representation that event.ts allows: a number where it is below 2^53. */
export function canonicalInt64(value: bigint): Int64 {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

/** The quotient rounded to the nearest integer, a tie to the even one. `divisor` is not 0. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = rest < 0n ? -2n * rest : 2n * rest;
  const whole = divisor < 0n ? -divisor : divisor;
  if (twice < whole || (twice === whole && quotient % 2n === 0n)) return quotient;
  return rest < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}
