import { FeedState } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import type { Source } from '../source.ts';
import { countsOf, gapsOf } from './testing/event-counts.ts';
import { hasRecordedData, NEEDS_RECORDED_DATA, recordedPath } from './testing/recorded-data.ts';
import { hashOf, readEvents, sourceOf, suffixHashes } from './testing/source-reading.ts';

const captureOf = (format: string, ...names: string[]): Source => {
  const paths = names.map(recordedPath).join(',');
  return sourceOf(`capture:${format}:${paths}?speed=0`).source;
};

const BINANCE = [
  {
    names: ['binance/spot/btcusdt_20240808.gz', 'binance/spot/btcusdt_20240809.gz'],
    counts: { trade: 9757 + 10_147, quote: 28_040 + 45_134, bookDelta: 3451 + 3044 },
    instrument: 'BTCUSDT.BINANCE',
    snapshots: 1,
  },
  {
    names: ['binance/cm/btcusd_perp_20240808.gz', 'binance/cm/btcusd_perp_20240809.gz'],
    counts: { trade: 2286 + 2949, quote: 19_136 + 29_219, bookDelta: 26_847 + 17_948 },
    instrument: 'BTCUSD-PERP.BINANCE',
    snapshots: 1,
  },
  {
    names: ['binance/usdm/btcusdt_20240808.gz'],
    counts: { trade: 21_313, quote: 66_089, bookDelta: 6551 },
    instrument: 'BTCUSDT-PERP.BINANCE',
    snapshots: 1,
  },
  {
    names: ['binance/usdm/ethusdt_20240808.gz'],
    counts: { trade: 14_076, quote: 53_992, bookDelta: 6586 },
    instrument: 'ETHUSDT-PERP.BINANCE',
    snapshots: 1,
  },
];

describe.skipIf(!hasRecordedData())(`the recorded sessions (${NEEDS_RECORDED_DATA})`, () => {
  it.each(BINANCE)(
    'of $instrument: every message is an event, no gap in any chain, also over midnight',
    async ({ names, counts, instrument, snapshots }) => {
      const source = captureOf('binance', ...names);
      const events = await readEvents(source);
      expect(countsOf(events)).toEqual({
        ...counts,
        bookSnapshot: snapshots,
        definition: 1,
        feedStatus: 2,
      });
      expect(source.progress()).toEqual({ fraction: 1, problems: {} });
      expect(events[1]?.body.value).toMatchObject({ instrument });
      expect(events.at(-1)?.body.value).toMatchObject({ state: FeedState.DISCONNECTED });
      const numbered = counts.trade + counts.quote + counts.bookDelta;
      expect(gapsOf(events)).toEqual({ gaps: [], numbered });
      // The recorder's clock ran 1.27 s behind the exchange's.
      const early = events.filter((each) => each.tsInDelta !== undefined && each.tsInDelta >= 0);
      expect(early).toEqual([]);
    },
    60_000,
  );

  it('report exactly as many gaps as runs of messages are taken out', async () => {
    const events = await readEvents(captureOf('binance', 'binance/spot/btcusdt_20240808.gz'));
    const trades = events.filter((each) => each.body.case === 'trade');
    const kept = trades.filter((_each, index) => index % 1000 > 4 || index < 1000);
    expect(gapsOf(kept).gaps).toHaveLength(9);
  });

  it('give exact prices and sizes of the first spot trade', async () => {
    const events = await readEvents(captureOf('binance', 'binance/spot/btcusdt_20240808.gz'));
    expect(events.find((each) => each.body.case === 'trade')).toMatchObject({
      tsEvent: 1_723_161_255_342_000_000n,
      tsRecv: 1_723_161_254_087_896_568n,
      sequence: 3_735_683_259,
      body: { value: { price: 61_837_630_000_000, size: 20_000_000, tradeId: '3735683259' } },
    });
  });

  it('give the same events from any number on', async () => {
    const source = captureOf('binance', 'binance/spot/btcusdt_20240808.gz');
    const starts = [1, 12, 20_007, 41_250];
    const { count, hashes } = await suffixHashes(source, starts);
    expect(count).toBe(41_249 + 3);
    for (const [index, start] of starts.entries()) {
      expect(hashOf(await readEvents(source, start))).toBe(hashes[index]);
    }
  }, 60_000);

  it('of Gemini: every row of both days is a trade, equal rows too', async () => {
    const source = captureOf(
      'gemini-csv',
      'gemini/gemini__eth-usd__2021-07-01__trade.csv',
      'gemini/gemini__eth-usd__2021-07-02__trade.csv',
    );
    const events = await readEvents(source);
    expect(countsOf(events)).toEqual({ trade: 25_222 + 16_394, definition: 1, feedStatus: 2 });
    expect(source.progress()).toEqual({ fraction: 1, problems: {} });
    const last = events.at(-2);
    expect(last).toMatchObject({
      tsEvent: 1_625_270_384_245_000_000n,
      body: { value: { price: 2_157_140_000_000, size: 276_596_000 } },
    });
    expect(events.at(-1)?.tsEvent).toBe(last?.tsEvent);
  });
});
