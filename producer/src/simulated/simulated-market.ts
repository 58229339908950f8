import type { Sequence } from '@feedmill/core/brand';
import { type FeedEvent, Flag } from '@feedmill/core/event';
import {
  AggressorSide,
  CorrectionKind,
  FeedState,
  InstrumentClass,
  SequenceKind,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel, channelId } from '../venues/channels.ts';
import type { EventTimes } from './event-times.ts';
import { headline } from './headlines.ts';
import { JitteredWindows } from './jittered-windows.ts';
import { mix32 } from './mix32.ts';
import { PricePath } from './price-path.ts';
import { RegularStream, windowWidth } from './regular-stream.ts';
import {
  COMPANIES,
  FEED_SYMBOL,
  INSTRUMENTS,
  NEWS_SYMBOL,
  type SimInstrument,
} from './sim-instruments.ts';
import type { SimulationOptions } from './simulation-options.ts';

/** CONNECTED and a DEFINITION of each instrument come before the first market event. */
export const PREAMBLE_EVENTS = 1 + INSTRUMENTS.length;

const CENT = 10_000_000;
const SHARE = 1_000_000_000;
const TRADE_SIZES = [100, 100, 100, 100, 200, 200, 300, 500, 1000, 50, 25, 10, 10, 5, 1, 1].map(
  (shares) => shares * SHARE,
);
const QUOTE_SIZES = [1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30].map(
  (lots) => lots * 100 * SHARE,
);
// Most quotes are a cent wide; each side may stand up to two cents further out.
const SIDE_STEPS = [0, 0, 0, 0, 0, 1, 1, 2];

// The line's delay, and its variation: below the distance of two events, so that receive times
// keep their order.
const LATENCY_NANOS = 80_000;
const LATENCY_VARIATION_NANOS = 200_000;
const LATENCIES = 64;

const LATE_MS_MIN = 200;
const LATE_MS_SPAN = 2_800;
const NANOS_PER_MS = 1_000_000n;

// What keeps the choices under one seed apart.
const NEWS_SALT = 0x4e65;
const DUPLICATE_SALT = 0xd4b1;
const CORRECTION_SALT = 0xc044;
const PRICE_SALT = 0x9a1c;
const DETAIL_SALT = 0xde7a;

/**
 * The simulated market: a pure function from an event's number (and the beginning of its time) to
 * the event, in constant time, so that a stream can be entered at any number. Three numberings
 * lie in one another: of all market events, without news, without duplicates, and without
 * corrections; the innermost is the regular stream of trades and quotes.
 */
export class SimulatedMarket {
  readonly #options: SimulationOptions;
  readonly #times: EventTimes;
  readonly #news: JitteredWindows;
  readonly #duplicates: JitteredWindows;
  readonly #corrections: JitteredWindows;
  readonly #regular: RegularStream;
  readonly #prices: PricePath;
  readonly #detailSeed: number;
  readonly #latencies: readonly bigint[];

  constructor(options: SimulationOptions, times: EventTimes) {
    this.#options = options;
    this.#times = times;
    const { seed } = options;
    const regular = options.trades + options.quotes;
    const newsShare = options.news / (regular + options.news);
    this.#news = new JitteredWindows(windowWidth(newsShare), mix32(seed, NEWS_SALT), 0);
    // Both speak of an event before them, so the first ones wait for a window.
    this.#duplicates = new JitteredWindows(
      windowWidth(options.duplicates),
      mix32(seed, DUPLICATE_SALT),
      1,
    );
    this.#corrections = new JitteredWindows(
      windowWidth(options.trades === 0 ? 0 : options.corrections),
      mix32(seed, CORRECTION_SALT),
      1,
    );
    this.#regular = new RegularStream(options);
    this.#prices = new PricePath(mix32(seed, PRICE_SALT), options.rate);
    this.#detailSeed = mix32(seed, DETAIL_SALT);
    const spacing = Math.min(LATENCY_VARIATION_NANOS, Math.floor(1e9 / options.rate));
    this.#latencies = Array.from({ length: LATENCIES }, (_, index) =>
      BigInt(LATENCY_NANOS + Math.floor((index * spacing) / LATENCIES)),
    );
  }

  /** The event with this number, from 1. */
  eventAt(sequence: Sequence): FeedEvent {
    if (sequence === this.#options.events) return this.#status(sequence);
    if (sequence <= PREAMBLE_EVENTS) return this.#preamble(sequence);
    const market = marketIndex(sequence);
    if (this.#news.isMarked(market)) return this.#headline(market);
    const unique = market - this.#news.countBefore(market);
    const isDuplicate = this.#duplicates.isMarked(unique);
    const corrected = unique - this.#duplicates.countBefore(unique);
    const index = corrected - this.#corrections.countBefore(corrected);
    if (isDuplicate) return this.#duplicate(index - 1, market);
    if (this.#corrections.isMarked(corrected)) return this.#correction(index, market);
    return this.#regularEvent(index, this.#times.at(market), market, 0);
  }

  #regularEvent(index: number, tsEvent: bigint, market: number, flags: number): FeedEvent {
    const domain = this.#regular.domainOf(index);
    const instrument = INSTRUMENTS[domain >> 1] as SimInstrument;
    const random = mix32(this.#detailSeed, index);
    const mid = Math.floor(this.#prices.midCents(instrument.companyIndex, index));
    const tsRecv = this.#received(market, random, tsEvent);
    const isGap = this.#regular.missingBefore(index) > 0;
    const synthetic = isGap ? flags | Flag.SYNTHETIC : flags;
    return (domain & 1) === 0
      ? this.#trade(index, instrument, random, mid, tsEvent, tsRecv, synthetic)
      : this.#quote(index, instrument, random, mid, tsEvent, tsRecv, synthetic);
  }

  #trade(
    index: number,
    instrument: SimInstrument,
    random: number,
    midCents: number,
    onTime: bigint,
    tsRecv: bigint,
    flags: number,
  ): FeedEvent {
    const sequence = this.#regular.sequenceOf(index);
    const isBuy = (random & 0x100) !== 0;
    const step = SIDE_STEPS[(random >>> 9) & 7] as number;
    const cents = isBuy ? midCents + 1 + step : midCents - step;
    const isLate = this.#regular.isLate(index);
    return {
      symbol: instrument.symbol,
      tsEvent: isLate ? onTime - lateNanos(random) : onTime,
      tsEventSource: TsEventSource.VENUE,
      tsRecv,
      flags: isLate ? flags | Flag.LAST | Flag.SYNTHETIC : flags | Flag.LAST,
      channelId: tradeChannels[instrument.companyIndex] as number,
      sequenceKind: SequenceKind.DENSE,
      sequence,
      body: {
        case: 'trade',
        value: {
          price: cents * CENT,
          size: TRADE_SIZES[(random >>> 12) & 15] as number,
          aggressorSide: isBuy ? AggressorSide.BUY : AggressorSide.SELL,
          tradeId: String(sequence),
        },
      },
    };
  }

  #quote(
    index: number,
    instrument: SimInstrument,
    random: number,
    midCents: number,
    tsEvent: bigint,
    tsRecv: bigint,
    flags: number,
  ): FeedEvent {
    return {
      symbol: instrument.symbol,
      tsEvent,
      tsEventSource: TsEventSource.VENUE,
      tsRecv,
      flags: flags | Flag.LAST | Flag.TOB,
      channelId: quoteChannels[instrument.companyIndex] as number,
      sequenceKind: SequenceKind.DENSE,
      sequence: this.#regular.sequenceOf(index),
      body: {
        case: 'quote',
        value: {
          bidPx: (midCents - (SIDE_STEPS[random & 7] as number)) * CENT,
          bidSz: QUOTE_SIZES[(random >>> 8) & 15] as number,
          askPx: (midCents + 1 + (SIDE_STEPS[(random >>> 4) & 7] as number)) * CENT,
          askSz: QUOTE_SIZES[(random >>> 12) & 15] as number,
        },
      },
    };
  }

  /** The regular event once more: same time and venue sequence, received again now. */
  #duplicate(index: number, market: number): FeedEvent {
    const original = this.#times.at(this.#marketOf(index));
    const again = this.#regularEvent(index, original, market, Flag.SYNTHETIC);
    return { ...again, tsRecv: this.#received(market, market, this.#times.at(market)) };
  }

  #correction(index: number, market: number): FeedEvent {
    const tsEvent = this.#times.at(market);
    const random = mix32(this.#detailSeed ^ CORRECTION_SALT, market);
    const trade = this.#regular.tradeBefore(index);
    const of = this.#regularEvent(trade, this.#times.at(this.#marketOf(trade)), market, 0);
    const value = of.body.case === 'trade' ? of.body.value : undefined;
    if (value === undefined) throw new TypeError(`regular event ${trade} is no trade`);
    const isCancel = (random & 1) === 0;
    const cents = Number(value.price) / CENT + ((random & 2) === 0 ? 1 : -1);
    const corrected = { price: BigInt(cents * CENT), size: BigInt(value.size) };
    return {
      symbol: of.symbol,
      tsEvent,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: this.#received(market, random, tsEvent),
      flags: Flag.LAST | Flag.SYNTHETIC,
      channelId: Channel.FEED,
      body: {
        case: 'correction',
        value: {
          correctsTradeId: value.tradeId,
          kind: isCancel ? CorrectionKind.CANCEL : CorrectionKind.CORRECT,
          originalTsEvent: of.tsEvent,
          ...(isCancel ? {} : corrected),
        },
      },
    };
  }

  #headline(market: number): FeedEvent {
    const tsEvent = this.#times.at(market);
    const number = this.#news.countBefore(market) + 1;
    const newsId = `sim-${this.#options.seed}-${number}`;
    return {
      symbol: NEWS_SYMBOL,
      tsEvent,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: this.#received(market, number, tsEvent),
      flags: Flag.LAST,
      channelId: Channel.NEWS,
      sequenceKind: SequenceKind.DENSE,
      sequence: number,
      body: {
        case: 'news',
        value: {
          newsId,
          source: 'simulated',
          headline: headline(this.#detailSeed, number),
          url: `https://news.example/${newsId}`,
          language: 'en',
        },
      },
    };
  }

  #preamble(sequence: number): FeedEvent {
    if (sequence === 1) return this.#status(sequence);
    const instrument = INSTRUMENTS[sequence - 2] as SimInstrument;
    const tsEvent = this.#times.at(0);
    return {
      symbol: instrument.symbol,
      tsEvent,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: tsEvent + BigInt(LATENCY_NANOS),
      channelId: Channel.FEED,
      body: {
        case: 'definition',
        value: {
          instrument: instrument.name,
          instrumentClass: InstrumentClass.EQUITY,
          base: instrument.company.symbol,
          quote: 'USD',
          minPriceIncrement: BigInt(CENT),
          lotSize: BigInt(SHARE),
          isin: instrument.company.isin,
        },
      },
    };
  }

  #status(sequence: number): FeedEvent {
    const isEnd = sequence === this.#options.events;
    const tsEvent = this.#times.at(marketIndex(sequence));
    return {
      symbol: FEED_SYMBOL,
      tsEvent,
      tsEventSource: TsEventSource.RECV_FALLBACK,
      tsRecv: tsEvent + BigInt(LATENCY_NANOS),
      channelId: Channel.FEED,
      body: {
        case: 'feedStatus',
        value: isEnd
          ? { state: FeedState.DISCONNECTED, reason: 'end of simulation' }
          : { state: FeedState.CONNECTED, reason: 'start of simulation' },
      },
    };
  }

  #received(market: number, random: number, onTime: bigint): bigint {
    return onTime + (this.#latencies[(random ^ market) & (LATENCIES - 1)] as bigint);
  }

  /** Index among all market events of a regular one. */
  #marketOf(index: number): number {
    return this.#news.outerOf(this.#duplicates.outerOf(this.#corrections.outerOf(index)));
  }
}

/** Index among the market events, from 0; the preamble shares that of the first. */
export function marketIndex(sequence: number): number {
  return Math.max(0, sequence - PREAMBLE_EVENTS - 1);
}

// By company: publishers are apart already.
const tradeChannels = COMPANIES.map((_, company) => channelId(company, Channel.TRADE));
const quoteChannels = COMPANIES.map((_, company) => channelId(company, Channel.QUOTE));

function lateNanos(random: number): bigint {
  return BigInt(LATE_MS_MIN + ((random >>> 4) % LATE_MS_SPAN)) * NANOS_PER_MS;
}
