import { expect, test } from 'vitest';
import { sparklinePath } from './sparkline-path.ts';

test('a line ends at the right edge and is cut where nothing is known', () => {
  const path = sparklinePath([5, 10, Number.NaN, 10, 0], 5, 40, 10);
  expect(path).toBe('M0.0 5.0L10.0 0.0M30.0 0.0L40.0 10.0');
});

test('a line that has just begun stands at the right', () => {
  expect(sparklinePath([4, 4], 5, 40, 10)).toBe('M30.0 0.0L40.0 0.0');
  expect(sparklinePath([], 5, 40, 10)).toBe('');
});
