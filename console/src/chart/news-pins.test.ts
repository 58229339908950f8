import { expect, test } from 'vitest';
import type { NewsItem, Sentiment } from '../api/shapes.ts';
import { pinNews } from './news-pins.ts';

const item = (key: string, timeMs: number, sentiment: Sentiment = 'neutral'): NewsItem => ({
  key,
  timeNanos: BigInt(timeMs) * 1_000_000n,
  headline: key,
  source: '',
  sentiment,
  score: undefined,
  url: undefined,
});

test('an item is pinned to the candle of its time, or to the last one before it', () => {
  const pins = pinNews(
    [item('in', 65_000), item('idle', 200_000), item('last', 999_000), item('before', 5)],
    [60_000, 120_000, 300_000],
  );
  expect(pins.map(({ startMs, items }) => [startMs, items[0]?.key])).toEqual([
    [60_000, 'in'],
    [120_000, 'idle'],
    [300_000, 'last'],
  ]);
});

test('items of one candle are one pin, which says when they disagree', () => {
  const both = [item('a', 1, 'positive'), item('b', 2, 'negative')];
  expect(pinNews(both, [0])).toEqual([
    { startMs: 0, items: [both[1], both[0]], sentiment: 'mixed' },
  ]);
  expect(pinNews([item('a', 1, 'negative')], [0])[0]?.sentiment).toBe('negative');
});
