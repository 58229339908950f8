import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalsOf, decimalText, parseNanos } from './decimal.ts';

test('a price that no double holds is read and shown digit by digit', () => {
  const nanos = parseNanos('9007199254740993.123456789');
  expect(nanos).toBe(9_007_199_254_740_993_123_456_789n);
  expect(decimalText(nanos ?? 0n)).toBe('9,007,199,254,740,993.123456789');
});

test('prices of one instrument get the same decimals, and none is rounded away', () => {
  const texts = ['232.9', '232.95', '232.955', '-1'].map((text) =>
    decimalText(parseNanos(text) ?? 0n, 2),
  );
  expect(texts).toEqual(['232.90', '232.95', '232.955', '−1.00']);
});

test('what is no decimal of nine places is not guessed at', () => {
  for (const text of ['', '1e5', 'NaN', '1.', '.5', '1,000', '0.1234567891']) {
    expect(parseNanos(text), text).toBeUndefined();
  }
  expect(parseNanos('0.1234567890')).toBe(123_456_789n);
});

test('any mantissa comes back from its text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (nanos) => {
      const text = decimalText(nanos).replaceAll(',', '').replace('−', '-');
      expect(parseNanos(text)).toBe(nanos);
      expect(decimalsOf(nanos)).toBe(text.split('.')[1]?.length ?? 0);
    }),
  );
});
