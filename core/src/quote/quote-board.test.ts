import { ConsolidatedState } from '@feedmill/proto/feedmill/v1/event_pb';
import { QuoteStanding } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Int64, UNDEF_PRICE } from '../event.ts';
import { StateReader } from '../state/state-reader.ts';
import { StateWriter } from '../state/state-writer.ts';
import type { Cbbo } from './cbbo.ts';
import { Consolidator } from './consolidator.ts';
import { type QuoteAges, QuoteBoard } from './quote-board.ts';
import type { QuotedInstrument } from './venue-quote.ts';

const PAIR = { id: 1n, name: 'BTC/USD-SPOT' };
const AGES = { quoteAgeMaxMs: 1000, feedSilenceMaxMs: 5000 };

interface QuoteFields {
  readonly bid?: Int64;
  readonly bidSz?: Int64;
  readonly ask?: Int64;
  readonly askSz?: Int64;
  /** Of the venue and of receiving, small numbers. */
  readonly at?: number;
  readonly received?: number;
  readonly indicative?: boolean;
}

/** A board and a consolidator, as a shard puts them together. */
class Shard {
  readonly emitted: Cbbo[] = [];
  readonly consolidator = new Consolidator((cbbo) => this.emitted.push(cbbo));
  readonly board: QuoteBoard;
  readonly #instruments: ReadonlyMap<string, QuotedInstrument>;

  constructor(ages: QuoteAges = AGES) {
    this.board = new QuoteBoard(
      () => ages,
      (quote, isNew) => this.consolidator.update(quote, isNew),
    );
    this.#instruments = new Map(
      ['A', 'B', 'C'].map((name, index) => [
        name,
        { name: `BTC.${name}`, id: BigInt(10 + index), pair: PAIR },
      ]),
    );
  }

  /** Producer n quotes a venue; the venue's letter stands for its publisher as well. */
  quote(producer: number, venue: string, fields: QuoteFields = {}): void {
    const feed = this.board.feed(BigInt(producer));
    this.board.heard(feed);
    const quote = this.board.quote(feed, this.instrument(venue), venue, venue.charCodeAt(0));
    const at = fields.at ?? 1;
    if (quote.isLaterThan(0, at)) {
      this.consolidator.countSuperseded(quote);
      return;
    }
    quote.tsEventLo = at;
    quote.tsRecvLo = fields.received ?? 1;
    const { bid = 99, bidSz = 1, ask = 101, askSz = 1, indicative = false } = fields;
    this.board.take(feed, quote, bid, bidSz, ask, askSz, indicative);
  }

  instrument(venue: string): QuotedInstrument {
    return this.#instruments.get(venue) as QuotedInstrument;
  }

  halt(producer: number, venue: string, isHalted: boolean): void {
    const feed = this.board.feed(BigInt(producer));
    const quote = this.board.quote(feed, this.instrument(venue), venue, venue.charCodeAt(0));
    this.board.setHalted(quote, isHalted);
  }

  get last(): Cbbo | undefined {
    return this.consolidator.latest(PAIR.id);
  }

  get standings(): number[] {
    return [...this.board.quotes()].map(({ standing }) => standing);
  }

  restarted(): Shard {
    const writer = new StateWriter();
    this.board.writeState(writer);
    this.consolidator.writeState(writer);
    const next = new Shard();
    const reader = new StateReader(writer.finish());
    next.board.readState(reader, (_producer, name) => next.instrument(name.slice(-1)));
    next.consolidator.readState(reader, next.board.quotes());
    return next;
  }
}

describe('the best bid and offer of a pair', () => {
  it('begins with the second venue, and says which venue shows each side', () => {
    const shard = new Shard();
    shard.quote(1, 'A', { bid: 99, bidSz: 3, ask: 101 });
    expect(shard.emitted).toEqual([]);
    shard.quote(2, 'B', { bid: 98, ask: 100, askSz: 7 });
    expect(shard.emitted).toHaveLength(1);
    expect(shard.last).toMatchObject({
      pair: PAIR,
      bidPx: 99,
      bidSz: 3,
      bidInstrumentId: 10n,
      askPx: 100,
      askSz: 7,
      askInstrumentId: 11n,
      venuesLive: 2,
      venuesStale: 0,
      state: ConsolidatedState.NORMAL,
    });
  });

  it('is not said again while nothing of it changes', () => {
    const shard = new Shard();
    shard.quote(1, 'A');
    shard.quote(2, 'B', { bid: 98, ask: 103 });
    shard.quote(2, 'B', { bid: 97, ask: 104, at: 2 });
    expect(shard.emitted).toHaveLength(1);
  });

  it.each([
    [99, 100, ConsolidatedState.NORMAL],
    [100, 100, ConsolidatedState.LOCKED],
    [101, 100, ConsolidatedState.CROSSED],
    [UNDEF_PRICE, 100, ConsolidatedState.ONE_SIDED],
    [UNDEF_PRICE, UNDEF_PRICE, ConsolidatedState.EMPTY],
  ])('a bid of %s and an offer of %s is state %s', (bid, ask, state) => {
    const shard = new Shard();
    shard.quote(1, 'A', { bid, ask: UNDEF_PRICE });
    shard.quote(2, 'B', { bid: UNDEF_PRICE, ask });
    expect(shard.last?.state).toBe(state);
  });

  it('at one price prefers size, then who was received first, then the lower publisher', () => {
    const shard = new Shard();
    shard.quote(1, 'A', { bidSz: 1 });
    shard.quote(2, 'B', { bidSz: 2 });
    expect(shard.last?.bidInstrumentId).toBe(11n);
    shard.quote(1, 'A', { bidSz: 2, received: 5, at: 2 });
    expect(shard.last?.bidInstrumentId).toBe(11n);
    shard.quote(2, 'B', { bidSz: 2, received: 5, at: 2 });
    expect(shard.last?.bidInstrumentId).toBe(10n);
  });

  it('compares sizes and prices beyond 2^53', () => {
    const shard = new Shard();
    shard.quote(1, 'A', { bid: 2n ** 60n, ask: 2n ** 61n });
    shard.quote(2, 'B', { bid: 2n ** 60n + 1n, ask: 2n ** 61n + 1n });
    expect(shard.last).toMatchObject({ bidPx: 2n ** 60n + 1n, askPx: 2n ** 61n });
  });

  it('goes by the newest event time where two sources tell of one venue', () => {
    const shard = new Shard();
    shard.quote(1, 'A', { bid: 90, at: 10 });
    shard.quote(2, 'A', { bid: 95, at: 9 });
    shard.quote(3, 'B', { bid: 80 });
    expect(shard.last).toMatchObject({ bidPx: 90, venuesLive: 2, supersededQuotes: 1 });
    shard.quote(2, 'A', { bid: 95, at: 11 });
    expect(shard.last).toMatchObject({ bidPx: 95, supersededQuotes: 0 });
    shard.quote(2, 'A', { bid: 70, at: 8 });
    shard.quote(3, 'B', { bid: 96 });
    expect(shard.last).toMatchObject({ bidPx: 96, supersededQuotes: 1 });
  });

  it('falls back to the other source of a venue where the newer one is cut off', () => {
    const shard = new Shard();
    shard.quote(1, 'A', { bid: 90, at: 10 });
    shard.quote(2, 'A', { bid: 95, at: 11 });
    shard.quote(3, 'B', { bid: 80 });
    shard.board.withdraw(shard.board.feed(2n), undefined, QuoteStanding.DISCONNECTED);
    expect(shard.last).toMatchObject({ bidPx: 90, venuesLive: 2, venuesStale: 0 });
  });

  it('forgets a source that is gone for good', () => {
    const shard = new Shard();
    shard.quote(1, 'A', { bid: 99 });
    shard.quote(2, 'B', { bid: 98 });
    for (const quote of shard.board.removeFeed(1n)) shard.consolidator.remove(quote);
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1, venuesStale: 0 });
    for (const quote of shard.board.removeFeed(2n)) shard.consolidator.remove(quote);
    expect(shard.emitted.at(-1)).toMatchObject({ state: ConsolidatedState.EMPTY, venuesLive: 0 });
    expect(shard.last).toBeUndefined();
  });
});

describe('a quote that does not count', () => {
  const two = (): Shard => {
    const shard = new Shard();
    shard.board.advance(10_000);
    shard.quote(1, 'A', { bid: 99 });
    shard.quote(2, 'B', { bid: 98 });
    return shard;
  };

  it('is one after a gap or a disconnect, until the next', () => {
    const shard = two();
    shard.board.withdraw(shard.board.feed(1n), 10n, QuoteStanding.GAP);
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1, venuesStale: 1 });
    shard.quote(1, 'A', { bid: 97, at: 2 });
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 2, venuesStale: 0 });
  });

  it('is one of a halted instrument, also when it still comes', () => {
    const shard = two();
    shard.halt(1, 'A', true);
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1, venuesStale: 1 });
    shard.quote(1, 'A', { bid: 99, at: 2 });
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1 });
    shard.halt(1, 'A', false);
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1 });
    shard.quote(1, 'A', { bid: 99, at: 3 });
    expect(shard.last).toMatchObject({ bidPx: 99, venuesLive: 2 });
  });

  it('is one that is indicative', () => {
    const shard = two();
    shard.quote(1, 'A', { bid: 99, at: 2, indicative: true });
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1 });
  });

  it('is one that was not renewed for too long', () => {
    const shard = two();
    shard.board.advance(10_900);
    shard.quote(2, 'B', { bid: 98, at: 2 });
    shard.board.advance(10_999);
    expect(shard.last?.venuesLive).toBe(2);
    shard.board.advance(11_000);
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1, venuesStale: 1 });
    shard.board.advance(12_500);
    expect(shard.last).toMatchObject({ state: ConsolidatedState.EMPTY, venuesStale: 2 });
  });

  it('is one of a feed that is silent, and counts again when that speaks within its age', () => {
    const shard = new Shard({ quoteAgeMaxMs: 8000, feedSilenceMaxMs: 5000 });
    const { LIVE, SILENT, AGED } = QuoteStanding;
    shard.board.advance(10_000);
    shard.quote(1, 'A');
    shard.quote(2, 'B');
    shard.board.advance(14_500);
    shard.quote(1, 'A', { at: 2 });
    shard.board.advance(15_100);
    expect(shard.standings).toEqual([LIVE, SILENT]);
    shard.board.heard(shard.board.feed(2n));
    expect(shard.standings).toEqual([LIVE, LIVE]);
    expect(shard.board.isWaiting).toBe(true);
    shard.board.advance(40_000);
    expect(shard.board.isWaiting).toBe(false);
    shard.board.heard(shard.board.feed(2n));
    expect(shard.standings).toEqual([SILENT, AGED]);
  });

  it('is one of a feed that says it is stale, until it says otherwise', () => {
    const shard = two();
    shard.board.setStale(shard.board.feed(1n), true);
    expect(shard.last).toMatchObject({ bidPx: 98, venuesLive: 1 });
    shard.quote(1, 'A', { bid: 99, at: 2 });
    expect(shard.last?.venuesLive).toBe(1);
    shard.board.setStale(shard.board.feed(1n), false);
    expect(shard.last).toMatchObject({ bidPx: 99, venuesLive: 2 });
  });
});

describe('a restart', () => {
  type Step = (shard: Shard) => void;
  const venue = fc.constantFrom('A', 'B', 'C');
  const producer = fc.integer({ min: 1, max: 3 });
  const price = fc.oneof(fc.integer({ min: 95, max: 105 }), fc.constant(UNDEF_PRICE));
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ producer, venue, bid: price, ask: price, at: fc.integer({ min: 1, max: 50 }) }).map(
      ({ producer: from, venue: of, ...fields }): Step =>
        (shard) =>
          shard.quote(from, of, fields),
    ),
    fc.integer({ min: 1, max: 3000 }).map((ms): Step => {
      return (shard) => shard.board.advance(now(shard) + ms);
    }),
    fc.record({ producer, venue, on: fc.boolean() }).map(
      ({ producer: from, venue: of, on }): Step =>
        (shard) =>
          shard.halt(from, of, on),
    ),
    fc.record({ producer, on: fc.boolean() }).map(
      ({ producer: of, on }): Step =>
        (shard) =>
          shard.board.setStale(shard.board.feed(BigInt(of)), on),
    ),
    fc.record({ producer, venue }).map(
      ({ producer: of, venue: at }): Step =>
        (shard) =>
          shard.board.withdraw(
            shard.board.feed(BigInt(of)),
            shard.instrument(at).id,
            QuoteStanding.GAP,
          ),
    ),
  );
  const clocks = new WeakMap<Shard, number>();
  const now = (shard: Shard): number => {
    const ms = (clocks.get(shard) ?? 0) + 1;
    clocks.set(shard, ms);
    return ms;
  };

  it('at any moment changes nothing of what is said after it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, cut) => {
        const calm = new Shard();
        for (const each of steps) each(calm);
        let shard = new Shard();
        const emitted: Cbbo[] = [];
        for (const [index, each] of steps.entries()) {
          if (index === cut) {
            emitted.push(...shard.emitted);
            const next = shard.restarted();
            clocks.set(next, clocks.get(shard) ?? 0);
            shard = next;
          }
          each(shard);
        }
        emitted.push(...shard.emitted);
        expect(emitted).toEqual(calm.emitted);
        expect(shard.last).toEqual(calm.last);
      }),
    );
  });
});
