import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Bar, Trade } from '../api/shapes.ts';
import { CandleSeries } from './candle-series.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

const bar = (stepMs: number, startMs: number, over: Partial<Bar> = {}): Bar => ({
  startMs,
  stepMs,
  open: 10n,
  high: 12n,
  low: 9n,
  close: 11n,
  volume: 100n,
  revision: 0,
  isFinal: false,
  quality: 'ok',
  ...over,
});

const trade = (timeMs: number, price: bigint, size = 1n): Trade => ({
  key: `${timeMs}/${price}`,
  instrument: 'A.B',
  timeNanos: BigInt(timeMs) * 1_000_000n,
  price,
  size,
  side: 'buy',
});

test('the last candle lives from trades until its bar comes', () => {
  const series = new CandleSeries(MINUTE_MS);
  for (const [at, price] of [
    [0, 10n],
    [500, 14n],
    [1500, 8n],
    [59_999, 9n],
  ] as const) {
    series.applyTrade(trade(at, price));
  }
  expect(series.takeChanged()).toEqual([
    expect.objectContaining({ open: 10n, high: 14n, low: 8n, close: 9n, volume: 4n, isLive: true }),
  ]);
  series.applyBar(bar(MINUTE_MS, 0));
  expect(series.takeChanged()).toEqual([
    expect.objectContaining({ high: 12n, volume: 100n, isLive: false }),
  ]);
  series.applyTrade(trade(30_000, 99n));
  expect(series.candles()).toEqual([expect.objectContaining({ high: 12n, volume: 100n })]);
});

test('a late revision replaces its bar, and an older one that comes after it does not', () => {
  const series = new CandleSeries(MINUTE_MS);
  series.applyBar(bar(MINUTE_MS, 0, { revision: 2, volume: 7n, isFinal: true }));
  series.applyBar(bar(MINUTE_MS, 0, { revision: 1, volume: 5n }));
  expect(series.candles()).toEqual([expect.objectContaining({ volume: 7n, isFinal: true })]);
});

test('a candle of an hour is as bad as the worst minute in it', () => {
  const series = new CandleSeries(60 * MINUTE_MS);
  series.applyBar(bar(MINUTE_MS, 0, { quality: 'partial', isFinal: true }));
  series.applyBar(bar(MINUTE_MS, MINUTE_MS, { quality: 'gap', isFinal: true }));
  series.applyBar(bar(MINUTE_MS, 2 * MINUTE_MS, { isFinal: true }));
  expect(series.candles()).toEqual([
    expect.objectContaining({ quality: 'gap', volume: 300n, isFinal: false }),
  ]);
});

test('bars that do not fit into the candle are left aside', () => {
  const series = new CandleSeries(MINUTE_MS);
  series.applyBar(bar(5 * MINUTE_MS, 0));
  expect(series.candles()).toEqual([]);
});

test('minutes and seconds make the same candle in whatever order they come', () => {
  const minutes = [0, 1, 2].map((at) => bar(MINUTE_MS, at * MINUTE_MS, { volume: 60n }));
  // Of the first two minutes the seconds are known as well; of the fourth they are all there is.
  const seconds = [0, 59, 60, 61, 180, 181].map((at) =>
    bar(SECOND_MS, at * SECOND_MS, { volume: 1n, high: 13n }),
  );
  const all = [...minutes, ...seconds];
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (bars) => {
      const series = new CandleSeries(5 * MINUTE_MS);
      for (const each of bars) series.applyBar(each);
      expect(series.candles()).toEqual([expect.objectContaining({ volume: 182n, high: 13n })]);
    }),
  );
});
