import { expect, test } from 'vitest';
import { rtoScale } from './rto-scale.ts';

test('an axis covers every drill and has a mark at each decade', () => {
  const scale = rtoScale([80, 640, 20_000]);
  expect(scale.marks.map(({ ms }) => ms)).toEqual([10, 100, 1_000, 10_000, 100_000]);
  expect(scale.at(10)).toBe(0);
  expect(scale.at(1_000)).toBeCloseTo(0.5);
  expect(scale.at(1e9)).toBe(1);
  expect(scale.at(0)).toBe(0);
});

test('a drill that stopped nothing stands at the left end', () => {
  const scale = rtoScale([0, 700]);
  expect(scale.marks[0]?.ms).toBe(10);
  expect(scale.at(0)).toBe(0);
});

test('an axis of one drill has a length', () => {
  expect(rtoScale([100]).marks.length).toBeGreaterThan(1);
  expect(rtoScale([]).marks.length).toBeGreaterThan(1);
});
