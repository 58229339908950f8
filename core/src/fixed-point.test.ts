import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalInt64, divideHalfEven, formatDecimal, parseDecimal } from './fixed-point.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
);

describe('parseDecimal', () => {
  it('gives back the mantissa that formatDecimal wrote, over all of 64 bits', () => {
    fc.assert(
      fc.property(int64, (mantissa) => {
        const canonical = canonicalInt64(mantissa);
        expect(parseDecimal(formatDecimal(canonical))).toBe(canonical);
        expect(parseDecimal(formatDecimal(mantissa))).toBe(canonical);
      }),
    );
  });

  it('agrees with integer arithmetic on any digits, point and zeros at the end', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 10n }),
        fc.stringMatching(/^[0-9]{0,9}$/),
        fc.nat(12),
        fc.boolean(),
        (whole, decimals, zeros, isNegative) => {
          const text = `${isNegative ? '-' : ''}${whole}.${decimals}${'0'.repeat(zeros)}`;
          const magnitude = whole * 10n ** 9n + BigInt(decimals.padEnd(9, '0'));
          const expected = isNegative ? -magnitude : magnitude;
          if (expected >= 2n ** 63n || expected < -(2n ** 63n)) {
            expect(() => parseDecimal(text)).toThrow('64 bits');
          } else {
            expect(parseDecimal(text)).toBe(canonicalInt64(expected));
          }
        },
      ),
    );
  });

  it.for([
    ['61737.63000000', 61_737_630_000_000],
    ['0.00001', 10_000],
    ['-0.5', -500_000_000],
    ['-0.0', 0],
    ['.5', 500_000_000],
    ['5.', 5_000_000_000],
    ['0001.10', 1_100_000_000],
    ['1e-8', 10],
    ['1.5E+3', 1_500_000_000_000],
    ['0e9999', 0],
    ['123.4567890120000', 123_456_789_012],
    ['9007199.254740991', 9_007_199_254_740_991],
    ['9007199.254740992', 9_007_199_254_740_992n],
    ['9223372036.854775807', 9_223_372_036_854_775_807n],
    ['-9223372036.854775808', -9_223_372_036_854_775_808n],
  ] as const)('reads %s as %s', ([text, mantissa]) => {
    expect(Object.is(parseDecimal(text), mantissa)).toBe(true);
  });

  it.for([
    '',
    '-',
    '.',
    'NaN',
    'Infinity',
    '1,5',
    '1.2.3',
    ' 1',
    '+1',
    '--1',
    '1e',
    '0x10',
    'null',
    'e5',
    '1e12345',
  ])('refuses %j and says what is allowed', (text) => {
    expect(() => parseDecimal(text)).toThrow(
      `${JSON.stringify(text)} is no price or size: digits with at most one point are allowed`,
    );
  });

  it('refuses what it would have to round', () => {
    expect(() => parseDecimal('0.1234567891')).toThrow('only 9 decimals are exact');
    expect(() => parseDecimal('1e-10')).toThrow('only 9 decimals are exact');
  });

  it('refuses what does not fit 64 bits, and never spends long on it', () => {
    expect(() => parseDecimal('9223372036.854775808')).toThrow('-9223372036.854775808 to 92');
    expect(() => parseDecimal('1e4000')).toThrow('64 bits');
    expect(() => parseDecimal('9'.repeat(1_000_000))).toThrow('it has 1000000');
  });
});

describe('divideHalfEven', () => {
  it('rounds to the nearest, and a tie to the even neighbour', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }),
        fc.bigInt({ min: -40n, max: 40n }).filter((divisor) => divisor !== 0n),
        (dividend, divisor) => {
          const quotient = divideHalfEven(dividend, divisor);
          const error = dividend - quotient * divisor;
          const twice = (error < 0n ? -error : error) * 2n;
          const whole = divisor < 0n ? -divisor : divisor;
          expect(twice <= whole).toBe(true);
          if (twice === whole) expect(quotient % 2n).toBe(0n);
        },
      ),
    );
  });
});
