/** Prices and sizes of the API are decimal text; here they are integers times 1e-9, exactly. */
export type Nanos = bigint;

const DECIMALS = 9;
const UNIT = 1_000_000_000n;
const NANOS_PER_UNIT = 1e9;

/** The exact value of a decimal text with at most nine decimals; undefined for anything else. */
export function parseNanos(text: string): Nanos | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = ''] = parts;
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > DECIMALS) return undefined;
  const magnitude = BigInt(whole) * UNIT + BigInt(kept.padEnd(DECIMALS, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** How many decimals the value needs. */
export function decimalsOf(nanos: Nanos): number {
  let decimals = DECIMALS;
  let rest = nanos % UNIT;
  if (rest === 0n) return 0;
  while (rest % 10n === 0n) {
    rest /= 10n;
    decimals -= 1;
  }
  return decimals;
}

/**
 * Decimal text with separators, never rounded: `decimalsMin` only adds zeros, so that prices of one
 * instrument stand below one another.
 */
export function decimalText(nanos: Nanos, decimalsMin = 0): string {
  const magnitude = nanos < 0n ? -nanos : nanos;
  const whole = String(magnitude / UNIT).replace(/\B(?=(\d{3})+$)/g, ',');
  const decimals = Math.max(decimalsOf(nanos), decimalsMin);
  const sign = nanos < 0n ? '−' : '';
  if (decimals === 0) return `${sign}${whole}`;
  const fraction = String(magnitude % UNIT)
    .padStart(DECIMALS, '0')
    .slice(0, decimals);
  return `${sign}${whole}.${fraction}`;
}

/** The double nearest to the value. Only where pixels are drawn from it. */
export const drawnNumber = (nanos: Nanos): number => Number(nanos) / NANOS_PER_UNIT;
