import { QuoteStanding } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { Int64 } from '../event.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { newQuoteFeed, type QuoteFeed } from './quote-feed.ts';
import { type QuotedInstrument, VenueQuote } from './venue-quote.ts';
import { type FindInstrument, readVenueQuote, writeVenueQuote } from './venue-quote-state.ts';

/** How long quotes and feeds are believed, in ms of the journal's time. */
export interface QuoteAges {
  /** A quote that is not renewed. */
  readonly quoteAgeMaxMs: number;
  /** A feed of which nothing comes. */
  readonly feedSilenceMaxMs: number;
}

/** Told of every quote whose values or standing have changed. */
export type QuoteListener = (quote: VenueQuote, isNew: boolean) => void;

/**
 * Ages are looked at no more often than this: what is over its age is found so much later at most,
 * when entries come that often.
 */
const SWEEP_MS_MIN = 100;

/** Withdrawn until the next quote. */
type Withdrawal = typeof QuoteStanding.GAP | typeof QuoteStanding.DISCONNECTED;

/**
 * The latest quote of each instrument of each producer of a shard, and whether it counts. Time is
 * that of the journal: a pure function of the calls.
 */
export class QuoteBoard {
  readonly #ages: () => QuoteAges;
  readonly #listener: QuoteListener;
  readonly #feeds = new Map<bigint, QuoteFeed>();
  #nowMs = 0;
  /** Nothing is over its age before. */
  #nextSweepMs = 0;

  /** @param ages how they are now; they may change between calls */
  constructor(ages: () => QuoteAges, listener: QuoteListener) {
    this.#ages = ages;
    this.#listener = listener;
  }

  /** Every quote of every feed. */
  *quotes(): Generator<VenueQuote> {
    for (const feed of this.#feeds.values()) yield* feed.quotes.values();
  }

  /** The journal's time, ms. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The quote of an instrument: of several feeds the newest that counts, else the newest. */
  latest(instrumentId: bigint): VenueQuote | undefined {
    let found: VenueQuote | undefined;
    for (const { quotes } of this.#feeds.values()) {
      const quote = quotes.get(instrumentId);
      if (quote === undefined) continue;
      if (found === undefined || quote.isRatherThan(found)) found = quote;
    }
    return found;
  }

  /** Whether the mere passing of time can change anything. */
  get isWaiting(): boolean {
    for (const { quotes, isSilent } of this.#feeds.values()) {
      if (!isSilent && quotes.size > 0) return true;
    }
    return false;
  }

  /** The ages are others from now on. */
  agesChanged(): void {
    this.#nextSweepMs = this.#nowMs;
  }

  /** The journal has come to this time. */
  advance(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs >= this.#nextSweepMs) this.#sweep();
  }

  /** A feed that has quotes; undefined for others. */
  known(producerId: bigint): QuoteFeed | undefined {
    return this.#feeds.get(producerId);
  }

  /** A feed, made where it is new. */
  feed(producerId: bigint): QuoteFeed {
    let feed = this.#feeds.get(producerId);
    if (feed === undefined) {
      feed = newQuoteFeed(producerId, this.#nowMs);
      this.#feeds.set(producerId, feed);
      this.#sweepBy(this.#nowMs + this.#ages().feedSilenceMaxMs);
    }
    return feed;
  }

  /** The quote of an instrument, made where it is new. Lives as long as its feed. */
  quote(
    feed: QuoteFeed,
    instrument: QuotedInstrument,
    venue: string,
    publisherId: number,
  ): VenueQuote {
    let quote = feed.quotes.get(instrument.id);
    if (quote === undefined) {
      quote = new VenueQuote(feed.producerId, instrument, venue, publisherId);
      feed.quotes.set(instrument.id, quote);
    }
    return quote;
  }

  /** Something has come of a feed. */
  heard(feed: QuoteFeed): void {
    feed.heardMs = this.#nowMs;
    if (!feed.isSilent) return;
    feed.isSilent = false;
    this.#sweepBy(this.#nowMs + this.#ages().feedSilenceMaxMs);
    this.#judgeAll(feed);
  }

  /** Takes a quote; its times are set by the caller before. */
  take(
    feed: QuoteFeed,
    quote: VenueQuote,
    bidPx: Int64,
    bidSz: Int64,
    askPx: Int64,
    askSz: Int64,
    isIndicative: boolean,
  ): void {
    quote.heardMs = this.#nowMs;
    quote.bidPx = bidPx;
    quote.bidSz = bidSz;
    quote.askPx = askPx;
    quote.askSz = askSz;
    if (quote.standing !== QuoteStanding.HALTED) {
      quote.standing = isIndicative ? QuoteStanding.INDICATIVE : standingOf(feed);
    }
    this.#sweepBy(this.#nowMs + this.#ages().quoteAgeMaxMs);
    this.#listener(quote, true);
  }

  /** Takes quotes back until the next ones: of an instrument, or of the whole feed. */
  withdraw(feed: QuoteFeed, instrumentId: bigint | undefined, why: Withdrawal): void {
    if (instrumentId === undefined) {
      for (const quote of feed.quotes.values()) this.#withdraw(quote, why);
      return;
    }
    const quote = feed.quotes.get(instrumentId);
    if (quote !== undefined) this.#withdraw(quote, why);
  }

  /** The feed says of itself whether what it has may be old. */
  setStale(feed: QuoteFeed, isStale: boolean): void {
    if (feed.isStale === isStale) return;
    feed.isStale = isStale;
    this.#judgeAll(feed);
  }

  /** An instrument is not quoted any more, or again: then its next quote counts. */
  setHalted(quote: VenueQuote, isHalted: boolean): void {
    const isKnown = quote.standing === QuoteStanding.HALTED;
    if (isKnown === isHalted) return;
    this.#setStanding(quote, isHalted ? QuoteStanding.HALTED : QuoteStanding.NONE);
  }

  /** A feed is gone for good; its quotes are returned. */
  removeFeed(producerId: bigint): Iterable<VenueQuote> {
    const feed = this.#feeds.get(producerId);
    this.#feeds.delete(producerId);
    return feed?.quotes.values() ?? [];
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#nowMs);
    writer.varint(this.#nextSweepMs);
    writer.varint(this.#feeds.size);
    for (const { producerId, heardMs, isSilent, isStale, quotes } of this.#feeds.values()) {
      writer.integer(producerId);
      writer.varint(heardMs);
      writer.boolean(isSilent);
      writer.boolean(isStale);
      writer.varint(quotes.size);
      for (const quote of quotes.values()) writeVenueQuote(writer, quote);
    }
  }

  /** Into a board that is empty; nobody is told. */
  readState(reader: StateReader, find: FindInstrument): void {
    this.#nowMs = reader.varint();
    this.#nextSweepMs = reader.varint();
    for (let feedsLeft = reader.count(6); feedsLeft > 0; feedsLeft -= 1) {
      const producerId = reader.bigint();
      const feed = newQuoteFeed(producerId, reader.varint());
      feed.isSilent = reader.boolean();
      feed.isStale = reader.boolean();
      const count = reader.count(12);
      for (let left = count; left > 0; left -= 1) {
        const quote = readVenueQuote(reader, producerId, find);
        if (quote !== undefined) feed.quotes.set(quote.instrument.id, quote);
      }
      if (count === 0 || feed.quotes.size > 0) this.#feeds.set(producerId, feed);
    }
  }

  #withdraw(quote: VenueQuote, why: Withdrawal): void {
    const { standing } = quote;
    if (standing === QuoteStanding.HALTED || standing === QuoteStanding.NONE) return;
    this.#setStanding(quote, why);
  }

  #setStanding(quote: VenueQuote, standing: QuoteStanding): void {
    if (quote.standing === standing) return;
    quote.standing = standing;
    this.#listener(quote, false);
  }

  #sweepBy(ms: number): void {
    if (ms < this.#nextSweepMs) this.#nextSweepMs = ms;
  }

  /** Finds what is over its age, and when to look again. */
  #sweep(): void {
    const { quoteAgeMaxMs, feedSilenceMaxMs } = this.#ages();
    let next = Number.MAX_SAFE_INTEGER;
    for (const feed of this.#feeds.values()) {
      if (feed.isSilent) continue;
      const silentMs = feed.heardMs + feedSilenceMaxMs;
      if (silentMs <= this.#nowMs) {
        feed.isSilent = true;
        this.#judgeAll(feed);
        continue;
      }
      next = Math.min(next, silentMs);
      for (const quote of feed.quotes.values()) {
        if (quote.standing !== QuoteStanding.LIVE) continue;
        const agedMs = quote.heardMs + quoteAgeMaxMs;
        if (agedMs <= this.#nowMs) this.#setStanding(quote, QuoteStanding.AGED);
        else next = Math.min(next, agedMs);
      }
    }
    this.#nextSweepMs = Math.max(next, this.#nowMs + SWEEP_MS_MIN);
  }

  /** What a feed's own standing makes of its quotes that nothing else speaks against. */
  #judgeAll(feed: QuoteFeed): void {
    const standing = standingOf(feed);
    const agedMs = this.#nowMs - this.#ages().quoteAgeMaxMs;
    for (const quote of feed.quotes.values()) {
      switch (quote.standing) {
        case QuoteStanding.LIVE:
        case QuoteStanding.SILENT:
        case QuoteStanding.FEED_STALE: {
          const isAged = standing === QuoteStanding.LIVE && quote.heardMs <= agedMs;
          this.#setStanding(quote, isAged ? QuoteStanding.AGED : standing);
          break;
        }
        default:
      }
    }
    this.#sweepBy(this.#nowMs + SWEEP_MS_MIN);
  }
}

/** Of a quote that is new. */
function standingOf(feed: QuoteFeed): QuoteStanding {
  if (feed.isSilent) return QuoteStanding.SILENT;
  return feed.isStale ? QuoteStanding.FEED_STALE : QuoteStanding.LIVE;
}
