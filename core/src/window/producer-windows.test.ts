import { BarQuality } from '@feedmill/proto/feedmill/v1/event_pb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Int64, UNDEF_PRICE } from '../event.ts';
import { parseDecimal } from '../fixed-point.ts';
import { UpdateBit } from '../wire/trade-view.ts';
import type { Bar } from './bar.ts';
import type { InstrumentWindows } from './bar-window.ts';
import { ProducerWindows, TradeOutcome } from './producer-windows.ts';

const { ON_TIME, LATE, TOO_LATE, UNKNOWN } = TradeOutcome;
const { OK, GAP, PARTIAL, STALE } = BarQuality;
const BUY = 1;
const SELL = 2;
const ALL: number = UpdateBit.ALL;

let bars: Bar[];
let windows: ProducerWindows;
let share: InstrumentWindows;
let sequence: number;

beforeEach(() => {
  bars = [];
  windows = new ProducerWindows((_, bar) => bars.push(bar));
  windows.connect(0, 0);
  share = windows.instrument(7);
  sequence = 0;
});

/** A trade whose id is its sequence; times as decimal seconds. */
function trade(
  at: number,
  price: string | Int64,
  size: string | Int64 = '1',
  { side = BUY, updates = ALL, instrument = share } = {},
): number {
  sequence += 1;
  const seconds = Math.floor(at);
  const nanos = Math.round((at - seconds) * 1e9);
  const exact = (value: string | Int64): Int64 =>
    typeof value === 'string' ? parseDecimal(value) : value;
  const [exactPrice, exactSize] = [exact(price), exact(size)];
  return windows.addTrade(
    instrument,
    seconds,
    nanos,
    exactPrice,
    exactSize,
    side,
    sequence,
    sequence,
    0,
    updates,
  );
}

const advance = (at: number): void => {
  windows.advance(Math.floor(at), Math.round((at % 1) * 1e9));
};
const published = (stepSeconds = 1): (readonly [number, number, boolean, number])[] =>
  bars
    .filter((bar) => bar.stepSeconds === stepSeconds)
    .map((bar) => [bar.tsOpenSeconds, bar.revision, bar.isFinal, bar.tradeCount] as const);
const lastOf = (stepSeconds: number): Bar => {
  const bar = bars.findLast((each) => each.stepSeconds === stepSeconds);
  if (bar === undefined) throw new Error(`no bar of ${stepSeconds} s`);
  return bar;
};

describe('a bar', () => {
  it('holds the trades of its right-open window and is stamped with the start', () => {
    trade(10, '100', '2');
    trade(10.5, '103', '1', { side: SELL });
    trade(10.999999999, '99', '0.5');
    expect(bars).toEqual([]);
    trade(11, '101');
    expect(bars).toEqual([
      {
        stepSeconds: 1,
        tsOpenSeconds: 10,
        tsCloseSeconds: 11,
        open: 100e9,
        high: 103e9,
        low: 99e9,
        close: 99e9,
        volume: 3.5e9,
        notional: 352_500_000_000_000_000_000n,
        vwap: 100_714_285_714,
        tradeCount: 3,
        buyVolume: 2.5e9,
        sellVolume: 1e9,
        firstSequence: 1,
        lastSequence: 3,
        revision: 0,
        isFinal: false,
        quality: OK,
      },
    ]);
  });

  it('is published with the watermark, then as final after the allowed lateness', () => {
    trade(10.2, '100');
    advance(10.9);
    expect(published()).toEqual([]);
    advance(11);
    expect(published()).toEqual([[10, 0, false, 1]]);
    advance(15.999);
    expect(published().length).toBe(1);
    advance(16);
    expect(published()).toEqual([
      [10, 0, false, 1],
      [10, 0, true, 1],
    ]);
    expect(published(60)).toEqual([]);
  });

  it('prints nothing for windows without trades', () => {
    trade(10, '100');
    advance(1000);
    expect(published().map(([start]) => start)).toEqual([10, 10]);
    expect(published(60)).toEqual([
      [0, 0, false, 1],
      [0, 0, true, 1],
    ]);
    expect(published(300).length).toBe(2);
  });

  it('takes open and close by event time, then by producer sequence', () => {
    trade(10.5, '1');
    trade(10.5, '2');
    trade(10.1, '3');
    trade(10.9, '4');
    trade(10.9, '5');
    trade(10.7, '6');
    advance(11);
    expect(lastOf(1)).toMatchObject({ open: 3e9, close: 5e9, high: 6e9, low: 1e9 });
  });

  it('respects what a trade does not update', () => {
    const { HIGH_LOW, LAST, VOLUME } = UpdateBit;
    trade(10.1, '100', '1', { updates: VOLUME });
    trade(10.2, '200', '1', { updates: HIGH_LOW });
    trade(10.3, '300', '1', { updates: LAST });
    trade(10.4, '400', '1', { updates: 0 });
    advance(11);
    expect(lastOf(1)).toMatchObject({
      open: 300e9,
      close: 300e9,
      high: 200e9,
      low: 200e9,
      volume: 1e9,
      vwap: 100e9,
      tradeCount: 1,
      lastSequence: 3,
    });
  });

  it('says that a price does not exist rather than inventing one', () => {
    trade(10.1, '100', '1', { updates: UpdateBit.VOLUME });
    trade(20.1, '100', '1', { updates: UpdateBit.LAST });
    advance(30);
    expect(bars[0]).toMatchObject({ open: UNDEF_PRICE, high: UNDEF_PRICE, vwap: 100e9 });
    expect(lastOf(1)).toMatchObject({ open: 100e9, low: UNDEF_PRICE, vwap: UNDEF_PRICE });
  });

  it('is exact beyond 2^53', () => {
    const price = 9_007_199_254_740_993n;
    const size = 2n ** 62n;
    trade(10.1, price, size);
    trade(10.2, price + 2n, size);
    advance(11);
    expect(lastOf(1)).toMatchObject({
      high: price + 2n,
      low: price,
      volume: 2n ** 63n,
      notional: (price + price + 2n) * size,
      vwap: price + 1n,
    });
  });

  it('is built for every step', () => {
    for (let at = 0; at < 600; at += 0.5) trade(at, String(100 + (at % 7)));
    advance(700);
    expect(published(60).filter(([, , isFinal]) => isFinal)).toEqual(
      Array.from({ length: 10 }, (_, minute) => [60 * minute, 0, true, 120]),
    );
    expect(published(300).filter(([, , isFinal]) => isFinal)).toEqual([
      [0, 0, true, 600],
      [300, 0, true, 600],
    ]);
  });

  it('works before 1970 as after', () => {
    trade(-0.5, '1');
    trade(0, '2');
    advance(400);
    expect(published(60)[0]).toEqual([-60, 0, false, 1]);
  });
});

describe('a late trade', () => {
  it('revises the bars that it belongs to, and only those that were published', () => {
    trade(10, '100');
    trade(12, '100');
    expect(trade(10.5, '90')).toBe(LATE);
    expect(published()).toEqual([
      [10, 0, false, 1],
      [10, 1, false, 2],
    ]);
    expect(lastOf(1)).toMatchObject({ low: 90e9, close: 90e9 });
    advance(61);
    expect(trade(59.9, '95')).toBe(LATE);
    expect(published(60).at(-1)).toEqual([0, 1, false, 4]);
  });

  it('prints a bar where there was none', () => {
    trade(10, '100');
    trade(14, '100');
    expect(trade(12.5, '101')).toBe(LATE);
    expect(published().at(-1)).toEqual([12, 0, false, 1]);
    advance(300);
    expect(published(60).at(-1)).toEqual([0, 0, true, 3]);
  });

  it('changes no final bar, but those that are not final yet', () => {
    trade(10, '100');
    trade(30, '100');
    const before = published();
    expect(trade(10.5, '90')).toBe(TOO_LATE);
    expect(trade(20.5, '91')).toBe(TOO_LATE);
    expect(published()).toEqual(before);
    advance(60);
    expect(lastOf(60)).toMatchObject({ tradeCount: 4, low: 90e9 });
    expect(trade(11, '80')).toBe(TOO_LATE | LATE);
    expect(lastOf(60)).toMatchObject({ tradeCount: 5, low: 80e9, revision: 1 });
    advance(600);
    expect(trade(12, '70')).toBe(TOO_LATE);
  });
});

describe('a correction', () => {
  it('takes a trade back out of every figure', () => {
    trade(10.1, '100');
    trade(10.2, '200', '5', { side: SELL });
    trade(10.3, '150');
    expect(windows.cancelTrade(share, 10, 2, 0)).toBe(ON_TIME);
    advance(11);
    expect(lastOf(1)).toMatchObject({ high: 150e9, volume: 2e9, sellVolume: 0, revision: 0 });
    expect(windows.cancelTrade(share, 10, 3, 0)).toBe(LATE);
    expect(lastOf(1)).toMatchObject({ high: 100e9, close: 100e9, lastSequence: 1, revision: 1 });
  });

  it('gives a trade another price and size', () => {
    trade(10.1, '100');
    trade(10.2, '900', '5');
    advance(11);
    const [price, size] = [parseDecimal('90'), parseDecimal('4')];
    expect(windows.correctTrade(share, 10, 2, 0, price, size)).toBe(LATE);
    expect(lastOf(1)).toMatchObject({
      high: 100e9,
      low: 90e9,
      close: 90e9,
      volume: 5e9,
      notional: 460n * 10n ** 18n,
      revision: 1,
    });
    advance(100);
    expect(lastOf(60)).toMatchObject({ high: 100e9, revision: 0, isFinal: true });
  });

  it('says so when it does not know the trade, and changes nothing', () => {
    trade(10.1, '100');
    expect(windows.cancelTrade(share, 10, 99, 0)).toBe(UNKNOWN);
    expect(windows.cancelTrade(share, 11, 1, 0)).toBe(UNKNOWN);
    expect(windows.cancelTrade(share, 10, 1, 0)).toBe(ON_TIME);
    expect(windows.cancelTrade(share, 10, 1, 0)).toBe(UNKNOWN);
    expect(windows.correctTrade(share, 10, 1, 0, 1, 1)).toBe(UNKNOWN);
    trade(11, '100');
    advance(30);
    expect(windows.cancelTrade(share, 11, 2, 0)).toBe(UNKNOWN);
    expect(published().map(([start]) => start)).toEqual([11, 11]);
  });

  it('of the only trade leaves an empty bar where one had been published', () => {
    trade(10.1, '100');
    advance(11);
    windows.cancelTrade(share, 10, 1, 0);
    expect(lastOf(1)).toMatchObject({
      open: UNDEF_PRICE,
      high: UNDEF_PRICE,
      volume: 0,
      notional: 0n,
      vwap: UNDEF_PRICE,
      tradeCount: 0,
      firstSequence: 0,
      revision: 1,
    });
  });
});

describe('the quality of a bar', () => {
  beforeEach(() => {
    trade(0, '1');
  });

  it('is PARTIAL for windows that began before the feed did', () => {
    const late = new ProducerWindows((_, bar) => bars.push(bar));
    late.addTrade(late.instrument(1), 90, 1, 1, 1, BUY, 1, 1, 0, ALL);
    late.addTrade(late.instrument(1), 91, 0, 1, 1, BUY, 2, 2, 0, ALL);
    late.advance(400, 0);
    const qualities = bars
      .filter((bar) => bar.isFinal)
      .map((bar) => [bar.tsOpenSeconds, bar.quality]);
    expect(qualities).toEqual([
      [90, PARTIAL],
      [91, OK],
      [60, PARTIAL],
      [0, PARTIAL],
    ]);
  });

  it('is GAP where a gap of its instrument or of the feed fell into it', () => {
    const other = windows.instrument(8);
    trade(10.2, '1');
    trade(10.2, '1', '1', { instrument: other });
    windows.markGap(share, 10);
    advance(11);
    expect(bars.slice(-2).map((bar) => bar.quality)).toEqual([GAP, OK]);
    windows.markGap(undefined, 10, 11);
    expect(published().at(-1)).toEqual([10, 1, false, 1]);
    expect(bars.at(-1)?.quality).toBe(GAP);
    trade(11.5, '1');
    trade(12, '1');
    advance(13);
    expect(bars.slice(-2).map((bar) => bar.quality)).toEqual([GAP, OK]);
  });

  it('holds for trades that come after the mark', () => {
    windows.markGap(share, 20, 25);
    trade(23, '1');
    advance(24);
    expect(lastOf(1).quality).toBe(GAP);
  });

  it('is STALE where the feed was silent', () => {
    windows.markStale(5, 8);
    trade(8.5, '1');
    advance(9);
    expect(lastOf(1).quality).toBe(STALE);
    windows.markGap(share, 8);
    expect(lastOf(1)).toMatchObject({ quality: GAP, revision: 1 });
  });

  it('is PARTIAL for every open bar when the feed disconnects, until later trades', () => {
    trade(10.2, '1');
    windows.flush();
    const flushed = bars.slice(-3);
    expect(flushed.map((bar) => [bar.stepSeconds, bar.revision, bar.isFinal, bar.quality])).toEqual(
      [
        [1, 0, false, PARTIAL],
        [60, 0, false, PARTIAL],
        [300, 0, false, PARTIAL],
      ],
    );
    windows.flush();
    expect(bars.at(-1)).toBe(flushed.at(-1));
    trade(20.5, '2');
    trade(21.5, '2');
    advance(22);
    expect(published().slice(-3)).toEqual([
      [10, 0, true, 1],
      [20, 0, false, 1],
      [21, 0, false, 1],
    ]);
    expect(bars.slice(-2).map((bar) => bar.quality)).toEqual([PARTIAL, OK]);
    advance(60);
    expect(lastOf(60)).toMatchObject({ revision: 1, tradeCount: 4, quality: PARTIAL });
  });

  it('is PARTIAL around a reconnect whose disconnect nobody reported', () => {
    trade(10.2, '1');
    windows.connect(12, 500);
    trade(12.6, '1');
    trade(13.6, '1');
    advance(14);
    const qualities = bars
      .filter((bar) => bar.revision === 0 && !bar.isFinal)
      .map((bar) => [bar.tsOpenSeconds, bar.quality]);
    expect(qualities).toEqual([
      [0, OK],
      [10, PARTIAL],
      [12, PARTIAL],
      [13, OK],
    ]);
  });
});

it('keeps bars right when trades have to be given up, and then knows no correction', () => {
  windows = new ProducerWindows((_, bar) => bars.push(bar), { retainedTradesMax: 4 });
  windows.connect(0, 0);
  share = windows.instrument(1);
  for (let count = 0; count < 6; count += 1) trade(10 + count / 10, '100');
  trade(11.5, '100');
  expect(windows.cancelTrade(share, 10, 6, 0)).toBe(UNKNOWN);
  expect(windows.cancelTrade(share, 11, 7, 0)).toBe(ON_TIME);
  expect(trade(10.9, '101')).toBe(LATE);
  advance(20);
  expect(published().filter(([, , isFinal]) => isFinal)).toEqual([[10, 1, true, 7]]);
});

it('refuses steps that do not nest', () => {
  const build = (stepsSeconds: number[]) => () => new ProducerWindows(() => {}, { stepsSeconds });
  expect(build([])).toThrow('no step');
  expect(build([2, 3])).toThrow('step 3 is no multiple');
  expect(build([1, 60, 60])).toThrow('do not ascend');
});
