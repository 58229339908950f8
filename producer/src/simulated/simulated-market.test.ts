import { asSequence } from '@feedmill/core/brand';
import { type FeedEvent, Flag } from '@feedmill/core/event';
import { FeedState, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../capture/testing/source-reading.ts';
import { EventTimes } from './event-times.ts';
import { PREAMBLE_EVENTS, SimulatedMarket } from './simulated-market.ts';
import { type SimulationOptions, simulationDefaults } from './simulation-options.ts';

const START = 1_736_173_800_000_000_000n;
const EVENTS = 60_000;

// Faults far more often than by default, so that a short stretch holds many of each.
const FAULTY = { gaps: 0.005, duplicates: 0.004, late: 0.003, corrections: 0.002, news: 0.01 };

function marketOf(changes: Partial<SimulationOptions> = {}): SimulatedMarket {
  const options = simulationDefaults(changes);
  return new SimulatedMarket(options, new EventTimes(options.rate, START));
}

function take(market: SimulatedMarket, count: number, after = 0): FeedEvent[] {
  return Array.from({ length: count }, (_, index) => market.eventAt(asSequence(after + index + 1)));
}

const isSynthetic = (event: FeedEvent): boolean => ((event.flags ?? 0) & Flag.SYNTHETIC) !== 0;
// As the worker counts: two symbols of a venue on one channel would look like gaps in each other.
const domainOf = ({ symbol, channelId }: FeedEvent): string => `${symbol.publisherId}/${channelId}`;
const faulty = take(marketOf(FAULTY), EVENTS);

describe('the simulated market', () => {
  it('begins with CONNECTED and the DEFINITION of every share on every venue', () => {
    const events = take(marketOf(), PREAMBLE_EVENTS + 1);
    expect(events[0]?.body).toMatchObject({ value: { state: FeedState.CONNECTED } });
    const names = events.slice(1, PREAMBLE_EVENTS).map((each) => each.body.value);
    expect(names).toHaveLength(20);
    expect(names[0]).toMatchObject({ instrument: 'AAPL.XNAS', isin: 'US0378331005' });
    expect(new Set(events.map((each) => each.tsEvent))).toEqual(new Set([START]));
    const defined = new Set(events.slice(1, PREAMBLE_EVENTS).map((each) => each.symbol));
    for (const { symbol } of faulty) {
      expect(symbol.rawSymbol === '' || defined.has(symbol)).toBe(true);
    }
  });

  it('is a function of seed and number, asked in any order', () => {
    const texts = faulty.map(textOf);
    const other = marketOf(FAULTY);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: EVENTS }), (number) => {
        expect(textOf(other.eventAt(asSequence(number)))).toBe(texts[number - 1]);
      }),
      { numRuns: 3000 },
    );
    const another = take(marketOf({ ...FAULTY, seed: 2 }), 1000).map(textOf);
    expect(another.filter((text, index) => text === texts[index])).toHaveLength(PREAMBLE_EVENTS);
  });

  it('starts at once far out, as it would have been on the way', () => {
    const far = 1_000_000_000_000;
    const [first, second] = [
      take(marketOf(FAULTY), 2000, far),
      take(marketOf(FAULTY), 1000, far + 1000),
    ];
    expect(second.map(textOf)).toEqual(first.slice(1000).map(textOf));
  });

  it('announces every skipped sequence number by SYNTHETIC, and skips none besides', () => {
    const last = new Map<string, number>();
    let gaps = 0;
    let skipped = 0;
    for (const event of faulty) {
      if (event.sequence === undefined) continue;
      expect(event.sequenceKind).toBe(SequenceKind.DENSE);
      const sequence = Number(event.sequence);
      const before = last.get(domainOf(event));
      if (before !== undefined && sequence > before + 1) {
        expect(isSynthetic(event)).toBe(true);
        gaps += 1;
        skipped += sequence - before - 1;
      } else if (before !== undefined && sequence <= before) {
        // Only a duplicate repeats, and it repeats the newest.
        expect([sequence, isSynthetic(event)]).toEqual([before, true]);
      }
      last.set(domainOf(event), sequence);
    }
    // One in every 200 of the 58,000 trades and quotes but the first 200; gaps of one domain
    // that no event of it separates come as one.
    expect(gaps).toBeGreaterThan(200);
    expect(skipped).toBeGreaterThanOrEqual(gaps);
    const none = take(marketOf({ gaps: 0, duplicates: 0, late: 0, corrections: 0 }), 20_000);
    expect(none.filter(isSynthetic)).toEqual([]);
  });

  it('repeats an event with its time and venue sequence where it says duplicate', () => {
    const seen = new Map<string, string>();
    let duplicates = 0;
    for (const event of faulty) {
      if (event.sequence === undefined) continue;
      const { tsRecv: _tsRecv, flags: _flags, ...rest } = event;
      const key = `${domainOf(event)}/${event.sequence}`;
      const before = seen.get(key);
      if (before !== undefined) {
        expect(textOf(rest as FeedEvent)).toBe(before);
        expect(isSynthetic(event)).toBe(true);
        duplicates += 1;
      }
      seen.set(key, textOf(rest as FeedEvent));
    }
    const windows = Math.floor((EVENTS - PREAMBLE_EVENTS) * 0.99 * FAULTY.duplicates);
    expect(Math.abs(duplicates - windows)).toBeLessThanOrEqual(2);
  });

  it('sends late trades 0.2 to 3 s back in event time, and nothing else', () => {
    let latest = 0n;
    let late = 0;
    let duplicates = 0;
    for (const event of faulty) {
      const backMs = Number(latest - event.tsEvent) / 1e6;
      if (backMs > 100) {
        expect(event.body.case).toBe('trade');
        expect(isSynthetic(event)).toBe(true);
        expect(backMs).toBeGreaterThan(195);
        expect(backMs).toBeLessThan(3001);
        late += 1;
      } else if (backMs > 0) {
        expect(isSynthetic(event)).toBe(true);
        duplicates += 1;
      }
      if (event.tsEvent > latest) latest = event.tsEvent;
    }
    expect(late).toBeGreaterThan(EVENTS * FAULTY.late * 0.9);
    expect(duplicates).toBeGreaterThan(0);
  });

  it('corrects trades that it sent shortly before, naming their id and time', () => {
    const trades = new Map<string, { at: number; tsEvent: bigint }>();
    let corrections = 0;
    for (const [at, event] of faulty.entries()) {
      const of = `${event.symbol.venue}/${event.symbol.rawSymbol}`;
      if (event.body.case === 'trade') {
        trades.set(`${of}/${event.body.value.tradeId}`, { at, tsEvent: event.tsEvent });
      }
      if (event.body.case !== 'correction') continue;
      const { correctsTradeId, originalTsEvent } = event.body.value;
      const trade = trades.get(`${of}/${correctsTradeId}`);
      expect(trade?.tsEvent).toBe(originalTsEvent);
      expect(at - (trade?.at ?? 0)).toBeLessThan(100);
      expect(isSynthetic(event)).toBe(true);
      corrections += 1;
    }
    expect(corrections).toBeGreaterThan(EVENTS * FAULTY.corrections * 0.9);
  });

  it('keeps every quote at least a cent wide and every trade at a price near it', () => {
    const mids = new Map<string, number>();
    for (const { symbol, body } of faulty) {
      if (body.case === 'quote') {
        const bid = Number(body.value.bidPx);
        const ask = Number(body.value.askPx);
        expect((ask - bid) / 1e7).toBeGreaterThanOrEqual(1);
        expect((ask - bid) / 1e7).toBeLessThanOrEqual(5);
        expect(Number(body.value.bidSz)).toBeGreaterThan(0);
        mids.set(symbol.rawSymbol, (bid + ask) / 2);
      } else if (body.case === 'trade') {
        const mid = mids.get(symbol.rawSymbol);
        expect(Number(body.value.price) % 1e7).toBe(0);
        if (mid !== undefined)
          expect(Math.abs(Number(body.value.price) / mid - 1)).toBeLessThan(0.01);
      }
    }
    expect(mids.size).toBe(5);
  });

  it('moves prices, more over a day than over a second, and never far from their base', () => {
    const market = marketOf({ rate: 10, quotes: 0, news: 0, corrections: 0 });
    const prices: number[] = [];
    for (let number = 1000; number < 10 * 86_400; number += 97) {
      const { symbol, body } = market.eventAt(asSequence(number));
      if (body.case === 'trade' && symbol.rawSymbol === 'NVDA')
        prices.push(Number(body.value.price));
    }
    const [low, high] = [Math.min(...prices) / 1e9, Math.max(...prices) / 1e9];
    expect(high - low).toBeGreaterThan(1);
    expect(low).toBeGreaterThan(131.4 * 0.93);
    expect(high).toBeLessThan(131.4 * 1.07);
  });

  it('receives every event after its time, in order', () => {
    for (const rate of [10, 2000, 200_000]) {
      let before = 0n;
      for (const event of take(marketOf({ ...FAULTY, rate }), 5000)) {
        expect(event.tsRecv).toBeGreaterThan(event.tsEvent);
        expect(event.tsRecv).toBeGreaterThanOrEqual(before);
        before = event.tsRecv;
      }
    }
  });

  it('mixes kinds by weight, down to a single one', () => {
    const kindsOf = (changes: Partial<SimulationOptions>): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { body } of take(marketOf(changes), 20_000, PREAMBLE_EVENTS)) {
        counts[body.case] = (counts[body.case] ?? 0) + 1;
      }
      return counts;
    };
    const none = { gaps: 0, duplicates: 0, late: 0, corrections: 0 };
    expect(kindsOf({ ...none, quotes: 0, news: 0 })).toEqual({ trade: 20_000 });
    expect(kindsOf({ trades: 0, news: 0 })).toEqual({ quote: 20_000 });
    expect(kindsOf({ trades: 0, quotes: 0 })).toEqual({ news: 20_000 });
    const mixed = kindsOf({ ...none, trades: 1, quotes: 2, news: 1 });
    expect(mixed['news']).toBe(5000);
    expect((mixed['trade'] ?? 0) / 15_000).toBeCloseTo(1 / 3, 2);
  });

  it('writes headlines of one or several companies, each with an id of its own', () => {
    const news = take(marketOf({ trades: 0, quotes: 0 }), 500, PREAMBLE_EVENTS);
    const headlines = news.map(({ body }) => (body.case === 'news' ? body.value.headline : ''));
    const ids = news.map(({ body }) => (body.case === 'news' ? body.value.newsId : ''));
    expect(new Set(ids).size).toBe(500);
    const named = /Apple|Microsoft|Alphabet|Tesla|Nvidia|\$(AAPL|MSFT|GOOGL|TSLA|NVDA)/g;
    for (const text of headlines) {
      expect(text).toMatch(named);
      expect(text).not.toMatch(/(^|\W)[AB](\W|$)/);
    }
    const several = headlines.filter((text) => new Set(text?.match(named)).size > 1);
    expect(several.length).toBeGreaterThan(100);
  });

  it('ends on DISCONNECTED as its last event, however few there are', () => {
    for (const events of [1, 5, PREAMBLE_EVENTS, 1000]) {
      const last = marketOf({ events }).eventAt(asSequence(events));
      expect(last.body).toEqual({
        case: 'feedStatus',
        value: { state: FeedState.DISCONNECTED, reason: 'end of simulation' },
      });
    }
  });
});
