import { expect, test } from 'vitest';
import { bytesOf } from './quantity.ts';

test.each([
  ['10Gi', 10 * 2 ** 30],
  ['1.5k', 1_500],
  ['512', 512],
])('%s is %d bytes', (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes);
});

test.each(['1constructor', '1toString', '10gi', 'Gi', '', undefined])(
  '%s is no quantity of bytes',
  (quantity) => {
    expect(bytesOf(quantity)).toBeUndefined();
  },
);
