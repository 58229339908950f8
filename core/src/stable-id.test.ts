import { expect, test } from 'vitest';
import { stableId } from './stable-id.ts';

test('an id is the first 63 bits of the SHA-256 of the name', () => {
  // The digest of "abc" is the first example of FIPS 180-4.
  expect(stableId('abc')).toBe(0xba7816bf8f01cfean >> 1n);
});

test('ids fit a signed 64-bit column', () => {
  for (let index = 0; index < 1000; index += 1) {
    const id = stableId(`SYMBOL${index}.VENUE`);
    expect(id > 0n && id < 2n ** 63n).toBe(true);
  }
});
