import type { FeedEvent } from '@feedmill/core/event';
import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { countsOf, gapsOf } from './testing/event-counts.ts';
import { hasRecordedData, NEEDS_RECORDED_DATA, recordedPath } from './testing/recorded-data.ts';
import { hashOf, readEvents, sourceOf } from './testing/source-reading.ts';

/** The session of a venue, or single files of it. */
async function sessionOf(...names: string[]) {
  const paths = names.map((name) => recordedPath(`websocket/${name}`)).join(',');
  const { source } = sourceOf(`capture:cryptofeed:${paths}?speed=0`);
  const events = await readEvents(source);
  return { events, source, counts: countsOf(events), problems: source.progress().problems };
}

const isDepth = ({ channelId = 0 }: FeedEvent): boolean => channelId % 8 === 3;
/** Events of a book that carry a number, as HitBTC's all do. */
const keyed = (events: readonly FeedEvent[]): FeedEvent[] =>
  events.filter(
    (event) =>
      isDepth(event) && (event.sequence !== undefined || event.body.case === 'bookSnapshot'),
  );
const keyText = ({ eventKey }: FeedEvent): string => Buffer.from(eventKey ?? []).toString();

describe.skipIf(!hasRecordedData())(`recorded sessions of venues (${NEEDS_RECORDED_DATA})`, () => {
  it('HitBTC: of 2,148 numbered messages on four lines 533 are left, without a gap', async () => {
    let all = 0;
    for (const line of [1, 2, 3, 4]) {
      all += keyed((await sessionOf(`HITBTC.ws.${line}.0`)).events).length;
    }
    expect(all).toBe(2148);
    const { events, counts, problems } = await sessionOf('HITBTC');
    expect(keyed(events)).toHaveLength(533);
    expect(gapsOf(events).gaps).toEqual([]);
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 1242,
      bookSnapshot: 12,
      bookDelta: 287,
      quote: 32,
      // Prices with ten decimals.
      rejected: 409,
    });
    expect(problems).toMatchObject({ number_inexact: 4 * 408 });
  });

  it('dYdX: messages up to 15 places late are put in order, and none is missing', async () => {
    const { events, counts } = await sessionOf('DYDX');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 27,
      bookSnapshot: 10,
      bookDelta: 4687,
      quote: 555,
      trade: 26,
    });
    const numbers = events.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a) - Number(b)));
  });

  it('Coinbase: no gap, and all 97 matches come again in a ticker with their key', async () => {
    const { events, counts, problems } = await sessionOf('COINBASE');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 162,
      bookSnapshot: 10,
      bookDelta: 9719,
      quote: 107,
      trade: 97,
    });
    expect(problems).toEqual({ ignored_history: 10 });
    expect(gapsOf(events)).toEqual({ gaps: [], numbered: 97 + 107 });
    const keysOf = (kind: string): Set<string> => {
      const ofKind = events.filter(({ body }) => body.case === kind);
      return new Set(ofKind.map((event) => `${event.symbol.rawSymbol} ${keyText(event)}`));
    };
    const tickers = keysOf('quote');
    expect([...keysOf('trade')].filter((key) => tickers.has(key))).toHaveLength(97);
  });

  it('Kraken: every checksum fits, and a connection id beyond 2^53 keeps its digits', async () => {
    const { events, counts, problems } = await sessionOf('KRAKEN');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 293,
      bookSnapshot: 10,
      bookDelta: 4269,
      quote: 18,
      trade: 10,
      // An order to buy at 9,999,999,997 francs.
      rejected: 1,
    });
    expect(problems).toEqual({ number_inexact: 1 });
    const sessions = new Set(events.map(({ sessionId }) => sessionId));
    expect([...sessions].filter((id) => id !== undefined)).toEqual([
      '14545728493745856413',
      '17843232920108168701',
      '18239578009413566319',
    ]);
  });

  it('Binance: ranges follow each other, also behind the REST snapshots', async () => {
    const { events, counts } = await sessionOf('BINANCE');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 1695,
      bookSnapshot: 4,
      bookDelta: 177,
      quote: 84,
      trade: 2,
    });
    expect(gapsOf(events).gaps).toEqual([]);
  });

  it('KuCoin: ranges follow each other, of what nine decimals hold', async () => {
    const { events, counts, problems } = await sessionOf('KUCOIN');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 634,
      bookSnapshot: 5,
      bookDelta: 3587,
      quote: 657,
      trade: 8,
      rejected: 453,
    });
    expect(problems).toEqual({ number_inexact: 453, ignored_candles: 6 });
    expect(gapsOf(events).gaps).toEqual([]);
  });

  it('OKX: every checksum fits', async () => {
    const { counts, problems } = await sessionOf('OKX');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 1479,
      bookSnapshot: 3,
      bookDelta: 287,
      quote: 28,
      trade: 74,
    });
    expect(problems).toEqual({});
  });

  it('Deribit: every change is linked to the one before', async () => {
    const { events, counts, problems } = await sessionOf('DERIBIT');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 1017,
      bookSnapshot: 10,
      bookDelta: 36,
      quote: 89,
    });
    expect(problems).toEqual({});
    expect(gapsOf(events).gaps).toEqual([]);
  });

  it('Bitfinex: no message of the connection is missing, and heartbeats are counted', async () => {
    const { counts, problems } = await sessionOf('BITFINEX');
    expect(counts).toEqual({
      feedStatus: 2,
      definition: 328,
      bookSnapshot: 7,
      bookDelta: 1593,
      quote: 21,
    });
    expect(problems).toEqual({ ignored_history: 7 });
  });

  it('Bitstamp, Bybit, Gemini: the top of the book stands in for quotes', async () => {
    expect((await sessionOf('BITSTAMP')).counts).toEqual({
      feedStatus: 2,
      definition: 140,
      bookSnapshot: 10,
      bookDelta: 717,
      quote: 182,
      trade: 10,
      // An order to sell beyond what 64 bits hold.
      rejected: 1,
    });
    expect((await sessionOf('BYBIT')).counts).toEqual({
      feedStatus: 2,
      definition: 15,
      bookSnapshot: 2,
      bookDelta: 1016,
      quote: 568,
      trade: 150,
    });
    expect((await sessionOf('GEMINI')).counts).toEqual({
      feedStatus: 2,
      definition: 71,
      bookSnapshot: 10,
      bookDelta: 645,
      quote: 232,
      trade: 16,
    });
  });

  it('shows exactly as many gaps as runs of messages are taken out', async () => {
    const { events } = await sessionOf('BINANCE');
    const deltas = events.filter(
      ({ symbol, sequenceKind }) =>
        symbol.rawSymbol === 'NKNUSDT' && sequenceKind === SequenceKind.RANGE,
    );
    const kept = deltas.filter((_each, index) => index % 10 < 7);
    expect(gapsOf(kept).gaps).toHaveLength(Math.floor((deltas.length - 1) / 10));
  });

  it.each(['BITFINEX', 'BITSTAMP', 'COINBASE', 'DYDX', 'HITBTC', 'KRAKEN', 'KUCOIN'])(
    '%s: gives the same events from any number on',
    async (venue) => {
      const { events, source } = await sessionOf(venue);
      for (const start of [1, 700, events.length - 3]) {
        expect(hashOf(await readEvents(source, start))).toBe(hashOf(events.slice(start)));
      }
    },
    60_000,
  );
});
