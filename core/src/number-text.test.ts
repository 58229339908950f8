import { expect, test } from 'vitest';
import { countText, durationText, lagText, plural, shortCountText } from './number-text.ts';

test('counts are written with separators at every third digit', () => {
  expect([0, 999, 1000, 123_456, 9_007_199_254_740_991].map(countText)).toEqual([
    '0',
    '999',
    '1,000',
    '123,456',
    '9,007,199,254,740,991',
  ]);
});

test('short counts never need more than five characters', () => {
  expect([0, 999, 999.6, 1000, 9_949, 99_950, 999_600, 12_345_678].map(shortCountText)).toEqual([
    '0',
    '999',
    '1.0k',
    '1.0k',
    '9.9k',
    '100k',
    '1.0M',
    '12.3M',
  ]);
});

test('a lag is written in the unit that suits it', () => {
  expect([0, 4.4, 999, 1000, 61_000, 600_000].map(lagText)).toEqual([
    '0 ms',
    '4 ms',
    '999 ms',
    '1.0 s',
    '61.0 s',
    '10 min',
  ]);
});

test('a duration is written in its two largest units', () => {
  expect([800, 59_400, 59_900, 185_000, 7_440_000].map(durationText)).toEqual([
    '1 s',
    '59 s',
    '1 min 0 s',
    '3 min 5 s',
    '2 h 4 min',
  ]);
});

test('what is not known is a dash', () => {
  expect([countText(Number.NaN), lagText(Number.NaN)]).toEqual(['-', '-']);
});

test('one is singular', () => {
  expect([plural(1, 'gap'), plural(0, 'gap'), plural(1200, 'gap')]).toEqual([
    '1 gap',
    '0 gaps',
    '1,200 gaps',
  ]);
});
