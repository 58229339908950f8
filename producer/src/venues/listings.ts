import { bareDecimalOf } from './message-fields.ts';
import { MessageFault } from './rejection.ts';

// What the instrument lists of several venues have in common.

const NANOS_PER_UNIT = 1_000_000_000n;
const NANOS_PER_MS = 1_000_000n;

/**
 * A tick or lot size, bare or in quotes. 0, which means that nothing is known, where it is missing
 * or finer than nine decimals: the list is of use without it, and each price is checked anyway.
 */
export function stepOf(value: unknown): bigint {
  try {
    const step = bareDecimalOf(value, 'step');
    return step > 0 ? BigInt(step) : 0n;
  } catch (error) {
    if (error instanceof MessageFault) return 0n;
    throw error;
  }
}

/** The tick of prices with so many decimals. */
export function stepOfDecimals(decimals: unknown): bigint {
  const isStep = typeof decimals === 'number' && Number.isInteger(decimals);
  return isStep && decimals >= 0 && decimals <= 9 ? NANOS_PER_UNIT / 10n ** BigInt(decimals) : 0n;
}

/** A time in milliseconds, bare or in quotes; 0 where it is missing. */
export function listedMillis(value: unknown): bigint {
  const ms = typeof value === 'string' && value !== '' ? Number(value) : value;
  const isTime = typeof ms === 'number' && Number.isSafeInteger(ms) && ms > 0 && ms < 9e12;
  return isTime ? BigInt(ms) * NANOS_PER_MS : 0n;
}

/**
 * The code by which an asset is known over all venues.
 *
 * @param renamed what this venue calls otherwise than the others
 */
export function assetCode(code: string, renamed: Readonly<Record<string, string>> = {}): string {
  const upper = code.toUpperCase();
  return renamed[upper] ?? upper;
}
