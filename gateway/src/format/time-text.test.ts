import { expect, test } from 'vitest';
import { parseTime, timeText } from './time-text.ts';

test.each([
  ['2024-08-08', 1_723_075_200_000_000_000n],
  ['2024-08-08T00:00Z', 1_723_075_200_000_000_000n],
  ['2024-08-08T02:00:00.000000001+02:00', 1_723_075_200_000_000_001n],
  ['2024-08-07T20:30:00.5-03:30', 1_723_075_200_500_000_000n],
  ['1969-12-31T23:59:59.999999999Z', -1n],
  ['1723075200000000001', 1_723_075_200_000_000_001n],
  ['-1', -1n],
  ['2024-02-29', 1_709_164_800_000_000_000n],
])('%s is a time', (text, nanos) => {
  expect(parseTime(text)).toBe(nanos);
});

test.each([
  '2023-02-29',
  '2024-04-31T00:00Z',
  '2024-08-08T00:00',
  '2024-08-08T24:00Z',
  '2024-08-08T00:00:00.0000000001Z',
  '2300-01-01',
  '9223372036854775808',
  'yesterday',
  '',
])('%j is none', (text) => {
  expect(parseTime(text)).toBeUndefined();
});

test('a time is written with all nine decimals, also before 1970', () => {
  expect(timeText('1723075200000000001', 'iso')).toBe('2024-08-08T00:00:00.000000001Z');
  expect(timeText('0', 'iso')).toBe('1970-01-01T00:00:00.000000000Z');
  expect(timeText('-1', 'iso')).toBe('1969-12-31T23:59:59.999999999Z');
  expect(timeText('5', 'ns')).toBe('5');
});
