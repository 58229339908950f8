import type { QuoteFeed } from '@feedmill/core/quote/quote-feed';
import type { VenueQuote } from '@feedmill/core/quote/venue-quote';
import type { StateReader } from '@feedmill/core/state/state-reader';
import type { StateWriter } from '@feedmill/core/state/state-writer';
import type { ProducerWindows } from '@feedmill/core/window/producer-windows';
import {
  FeedState,
  type FeedStatus,
  type Status,
  StatusAction,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { QuoteStanding } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { EventContext, ProducerInstrument } from './event-context.ts';
import type { ShardQuotes } from './shard-quotes.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * What is known of the state of a producer's feed, and what follows from it for its bars and for
 * the quotes that count: after a gap, a disconnect, silence or a halt.
 */
export class FeedCondition {
  readonly #producerId: bigint;
  readonly #context: EventContext;
  readonly #windows: ProducerWindows;
  readonly #quotes: ShardQuotes;
  #feed: QuoteFeed | undefined;
  /** The feed has said that it is stale, of the time since this second; NaN: it has not. */
  #staleSinceSeconds = Number.NaN;

  constructor(
    producerId: bigint,
    context: EventContext,
    windows: ProducerWindows,
    quotes: ShardQuotes,
  ) {
    this.#producerId = producerId;
    this.#context = context;
    this.#windows = windows;
    this.#quotes = quotes;
  }

  get isStale(): boolean {
    return !Number.isNaN(this.#staleSinceSeconds);
  }

  /** The feed as the quotes know it; made where it is new. */
  get feed(): QuoteFeed {
    this.#feed ??= this.#quotes.board.feed(this.#producerId);
    return this.#feed;
  }

  /** A batch of the producer begins. */
  heard(): void {
    this.#feed ??= this.#quotes.board.known(this.#producerId);
    if (this.#feed !== undefined) this.#quotes.heard(this.#feed);
  }

  /** The slot of an instrument's quotes. */
  quoteOf(instrument: ProducerInstrument): VenueQuote {
    instrument.quote ??= this.#newQuote(instrument);
    return instrument.quote;
  }

  /**
   * Something is missing between two seconds of event time.
   *
   * @param instrument undefined where any instrument of the feed may be hit
   */
  gap(
    instrument: ProducerInstrument | undefined,
    firstSeconds: number,
    lastSeconds: number = firstSeconds,
  ): void {
    this.#windows.markGap(instrument?.windows, firstSeconds, lastSeconds);
    this.#withdraw(instrument, QuoteStanding.GAP);
  }

  /**
   * Takes what the feed says of itself, at the event that the context stands on. To be called
   * before the watermark comes to it, which may make bars final that this concerns.
   */
  takeFeedStatus(status: FeedStatus): void {
    const { seconds, nanos, instrument } = this.#context;
    switch (status.state) {
      case FeedState.CONNECTED:
        // After silence it is the same connection that speaks again.
        if (this.isStale) this.resume();
        else this.#windows.connect(seconds, nanos);
        return;
      case FeedState.DISCONNECTED:
        this.resume();
        this.#windows.advance(seconds, nanos);
        this.#windows.flush();
        this.disconnect();
        return;
      case FeedState.STALE: {
        const silentSeconds = Number(status.receiveAgeNs / NANOS_PER_SECOND);
        if (!this.isStale) this.#staleSinceSeconds = seconds - Math.max(0, silentSeconds);
        this.#windows.markStale(this.#staleSinceSeconds, seconds);
        if (this.#feed !== undefined) this.#quotes.board.setStale(this.#feed, true);
        return;
      }
      case FeedState.RESYNCING:
        this.#withdraw(instrument, QuoteStanding.GAP);
        return;
      default:
    }
  }

  /** What was quoted counts no more: there are events that nobody has seen. */
  disconnect(): void {
    this.#feed ??= this.#quotes.board.known(this.#producerId);
    this.#withdraw(undefined, QuoteStanding.DISCONNECTED);
  }

  /**
   * The feed speaks again: the bars of its silence are marked. To be called before the watermark
   * comes to it.
   */
  resume(): void {
    if (!this.isStale) return;
    this.#windows.markStale(this.#staleSinceSeconds, this.#context.seconds);
    this.#staleSinceSeconds = Number.NaN;
    if (this.#feed !== undefined) this.#quotes.board.setStale(this.#feed, false);
  }

  /** Takes the trading status of an instrument. */
  takeStatus(instrument: ProducerInstrument, { action }: Status): void {
    const { seconds, nanos } = this.#context;
    const quote = this.quoteOf(instrument);
    switch (action) {
      case StatusAction.HALT:
      case StatusAction.PAUSE:
        this.#windows.halt(instrument.windows, seconds);
        this.#quotes.board.setHalted(quote, true);
        return;
      case StatusAction.CLOSE:
        this.#quotes.board.setHalted(quote, true);
        return;
      case StatusAction.TRADING:
        this.#windows.endHalt(instrument.windows, seconds, nanos);
        this.#quotes.board.setHalted(quote, false);
        return;
      default:
    }
  }

  writeState(writer: StateWriter): void {
    writer.float64(this.#staleSinceSeconds);
  }

  readState(reader: StateReader): void {
    this.#staleSinceSeconds = reader.float64();
  }

  #newQuote(instrument: ProducerInstrument): VenueQuote {
    const { event } = this.#context;
    const { venue = '', publisherId = 0 } = event.symbols[event.symbol] ?? {};
    return this.#quotes.board.quote(this.feed, instrument.known, venue, publisherId);
  }

  #withdraw(
    instrument: ProducerInstrument | undefined,
    why: typeof QuoteStanding.GAP | typeof QuoteStanding.DISCONNECTED,
  ): void {
    if (this.#feed !== undefined) {
      this.#quotes.board.withdraw(this.#feed, instrument?.known.id, why);
    }
  }
}
