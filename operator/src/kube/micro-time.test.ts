import { asEpochNanos } from '@feedmill/core/brand';
import { expect, test } from 'vitest';
import { microTime, nanosOf, secondTime } from './micro-time.ts';

test.each([
  [1_700_000_000_000_000_000n, '2023-11-14T22:13:20.000000Z'],
  [1_700_000_000_000_001_999n, '2023-11-14T22:13:20.000001Z'],
  [1_700_000_000_123_456_789n, '2023-11-14T22:13:20.123456Z'],
])('%s is written %s', (nanos, text) => {
  expect(microTime(asEpochNanos(nanos))).toBe(text);
});

test('what was written is read again, with any number of digits', () => {
  expect(nanosOf('2023-11-14T22:13:20.123456Z')).toBe(1_700_000_000_123_456_000n);
  expect(nanosOf(secondTime(asEpochNanos(1_700_000_000_999_999_999n)))).toBe(
    1_700_000_000_000_000_000n,
  );
  expect(nanosOf('yesterday')).toBeUndefined();
  expect(nanosOf(undefined)).toBeUndefined();
});
