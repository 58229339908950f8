import { expect, test } from 'vitest';
import type { Candle } from './candle-series.ts';
import { DrawnCandles } from './drawn-candles.ts';

const candle = (startMs: number, close = 1n): Candle => ({
  startMs,
  open: 1n,
  high: close,
  low: 1n,
  close,
  volume: 1n,
  quality: 'ok',
  isFinal: false,
  isLive: true,
});

const startsOf = (drawn: DrawnCandles): number[] => drawn.all().map(({ startMs }) => startMs);

test('the newest candle may change and another follow it', () => {
  const drawn = new DrawnCandles();
  drawn.replace([candle(1_000), candle(2_000)]);
  expect(drawn.put([candle(2_000, 5n), candle(3_000)])).toBe(false);
  expect(startsOf(drawn)).toEqual([1_000, 2_000, 3_000]);
  expect(drawn.at(2_000)?.close).toBe(5n);
  expect(drawn.last?.startMs).toBe(3_000);
});

test('an older candle is replaced where it stands', () => {
  const drawn = new DrawnCandles();
  drawn.replace([candle(1_000), candle(2_000)]);
  expect(drawn.put([candle(1_000, 7n)])).toBe(false);
  expect(drawn.all().map(({ close }) => close)).toEqual([7n, 1n]);
  expect(drawn.last?.startMs).toBe(2_000);
});

test('a late trade of a second without a candle comes between: the chart stood still', () => {
  const drawn = new DrawnCandles();
  drawn.replace([candle(1_000), candle(3_000)]);
  expect(drawn.put([candle(2_000), candle(4_000)])).toBe(true);
  expect(startsOf(drawn)).toEqual([1_000, 2_000, 3_000, 4_000]);
  expect(drawn.put([candle(0)])).toBe(true);
  expect(startsOf(drawn)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  expect(drawn.last?.startMs).toBe(4_000);
});
