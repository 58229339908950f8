import type { Cbbo } from '@feedmill/core/quote/cbbo';
import { Consolidator } from '@feedmill/core/quote/consolidator';
import { QuoteBoard } from '@feedmill/core/quote/quote-board';
import type { QuoteFeed } from '@feedmill/core/quote/quote-feed';
import type { VenueQuote } from '@feedmill/core/quote/venue-quote';
import type { FindInstrument } from '@feedmill/core/quote/venue-quote-state';
import type { StateReader } from '@feedmill/core/state/state-reader';
import type { StateWriter } from '@feedmill/core/state/state-writer';
import { bigintFromHalves, int64FromHalves } from '@feedmill/core/wire/int64-halves';
import type { QuoteView } from '@feedmill/core/wire/quote-view';
import type { EventContext } from './event-context.ts';
import type { ShardSettings } from './shard-settings.ts';

/** The latest quotes of a shard's producers, and the best of each asset pair, as rows. */
export class ShardQuotes {
  readonly board: QuoteBoard;
  readonly #context: EventContext;
  readonly #consolidator: Consolidator;
  /** The entry itself changes something: its time passes, or a producer leaves. */
  #isBesideEvents = false;

  constructor(context: EventContext, settings: () => ShardSettings) {
    this.#context = context;
    this.#consolidator = new Consolidator((cbbo) => this.#emit(cbbo));
    this.board = new QuoteBoard(settings, (quote, isNew) => {
      this.#consolidator.update(quote, isNew);
    });
  }

  /** The best bid and offer of a pair; undefined where fewer than two venues have quoted it. */
  latestOf(pairId: bigint): Cbbo | undefined {
    return this.#consolidator.latest(pairId);
  }

  /** The journal has come to the entry that the context stands on. */
  advance(): void {
    this.#besideEvents(() => this.board.advance(this.#context.tsInitMs));
  }

  /** A batch of the feed begins, before its first event. */
  heard(feed: QuoteFeed): void {
    this.#besideEvents(() => this.board.heard(feed));
  }

  /** Takes a quote of the event that the context stands on; an older one changes nothing. */
  take(feed: QuoteFeed, quote: VenueQuote, view: QuoteView): void {
    const { event, ids } = this.#context;
    if (quote.isLaterThan(event.tsEventHi, event.tsEventLo)) {
      this.#consolidator.countSuperseded(quote);
      return;
    }
    quote.tsEventHi = event.tsEventHi;
    quote.tsEventLo = event.tsEventLo;
    quote.tsRecvHi = event.tsRecvHi;
    quote.tsRecvLo = event.tsRecvLo;
    quote.producerSequence = ids.producerSequence;
    this.board.take(
      feed,
      quote,
      int64FromHalves(view.bidPxHi, view.bidPxLo),
      int64FromHalves(view.bidSzHi, view.bidSzLo),
      int64FromHalves(view.askPxHi, view.askPxLo),
      int64FromHalves(view.askSzHi, view.askSzLo),
      view.isIndicative,
    );
  }

  /** A producer has left the shard: what it quoted counts no more. */
  removeFeed(producerId: bigint): void {
    this.#besideEvents(() => {
      for (const quote of this.board.removeFeed(producerId)) this.#consolidator.remove(quote);
    });
  }

  writeState(writer: StateWriter): void {
    this.board.writeState(writer);
    this.#consolidator.writeState(writer);
  }

  /** Into a shard whose producers have been restored. */
  readState(reader: StateReader, find: FindInstrument): void {
    this.board.readState(reader, find);
    this.#consolidator.readState(reader, this.board.quotes());
  }

  #besideEvents(change: () => void): void {
    this.#isBesideEvents = true;
    change();
    this.#isBesideEvents = false;
  }

  #emit(cbbo: Cbbo): void {
    const { rows, event, tsInit } = this.#context;
    rows.addCbbo(
      cbbo,
      this.#isBesideEvents ? tsInit : bigintFromHalves(event.tsEventHi, event.tsEventLo),
      tsInit,
    );
  }
}
