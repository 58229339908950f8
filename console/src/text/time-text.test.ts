import { expect, test } from 'vitest';
import { agoText, clockText, momentText } from './time-text.ts';

test('a time in nanoseconds is shown in UTC to the millisecond, cut and not rounded', () => {
  expect(clockText(1_732_184_942_376_999_999n)).toBe('10:29:02.376');
  expect(momentText(1_732_184_942_376_999_999n)).toBe('2024-11-21 10:29:02');
});

test('an age is told in the unit that suits it', () => {
  const ages = [-5, 0, 999, 1_000, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000];
  expect(ages.map((age) => agoText(0, age))).toEqual([
    'now',
    'now',
    'now',
    '1 s ago',
    '59 s ago',
    '1 min ago',
    '59 min ago',
    '1 h ago',
    '1 d ago',
  ]);
});
