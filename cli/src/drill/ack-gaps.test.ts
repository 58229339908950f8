import { expect, test } from 'vitest';
import { AckGaps } from './ack-gaps.ts';

test('the longest standstill of any feed counts, from its last ack to its next one', () => {
  const gaps = new AckGaps([10, 10], 0);
  gaps.note([11, 10], 5);
  gaps.note([12, 11], 30);
  expect(gaps.longest).toEqual({ feed: 1, fromMs: 0, toMs: 30 });
  gaps.note([12, 12], 40);
  gaps.note([13, 13], 90);
  expect(gaps.longest).toEqual({ feed: 0, fromMs: 30, toMs: 90 });
});

test('one that began before the restart counts in full', () => {
  const gaps = new AckGaps([1], 0);
  gaps.restart();
  expect(gaps.longest).toBeUndefined();
  gaps.note([2], 700);
  expect(gaps.longest).toEqual({ feed: 0, fromMs: 0, toMs: 700 });
});
