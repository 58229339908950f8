import { expect, test } from 'vitest';
import { RateHistory } from './rate-history.ts';

test('a time without news is a hole in the line, not a zero', () => {
  const history = new RateHistory(5, 1000);
  history.add(0, 10);
  history.add(400, 11);
  history.add(1000, 12);
  history.add(4000, 13);
  expect(history.values()).toEqual([11, 12, Number.NaN, Number.NaN, 13]);
  history.add(5000, 14);
  expect(history.values()).toEqual([12, Number.NaN, Number.NaN, 13, 14]);
});

test('after a night of silence no more than the width of the line is kept', () => {
  const history = new RateHistory(3, 1000);
  history.add(0, 1);
  history.add(40_000_000, 2);
  expect(history.values()).toEqual([Number.NaN, Number.NaN, 2]);
});
