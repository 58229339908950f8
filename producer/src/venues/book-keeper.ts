import { OrderBook, type TopOfBook } from '@feedmill/core/book/order-book';
import {
  type BookDeltaBody,
  type BookLevelBody,
  type BookSnapshotBody,
  type FeedEvent,
  type FeedSymbol,
  Flag,
  type Int64,
  type QuoteBody,
  UNDEF_PRICE,
} from '@feedmill/core/event';
import { increment } from '@feedmill/core/sequence/unsigned';
import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { quoteEvents } from './book-parts.ts';
import type { Instrument } from './instruments.ts';
import { DELTAS_WAITING_MAX } from './limits.ts';
import { rejectedEvent } from './rejection.ts';
import type { VenueSession } from './venue-mapper.ts';

/** How a venue makes the checksum of a book. */
export interface BookChecksum {
  /** Levels of each side that it is made of. */
  readonly depth: number;
  /** The checksum of the best levels, best first. */
  of(
    bids: readonly BookLevelBody[],
    asks: readonly BookLevelBody[],
    instrument: Instrument,
  ): bigint;
}

export interface BookKeeperOptions {
  readonly checksum: BookChecksum | undefined;
  /** Send the top of the book as a quote whenever it changes. */
  readonly quotesFromBook: boolean;
  /** Told of an instrument whose book is wrong until its next snapshot. */
  readonly onLost: (symbol: FeedSymbol) => void;
}

interface Book {
  readonly instrument: Instrument;
  readonly levels: OrderBook;
  /** Deltas since the book was lost, for a snapshot that is older than they are. */
  waiting: FeedEvent[];
  /** Number of the last change that the book contains; undefined where changes have none. */
  through: Int64 | undefined;
  /** It stood once and no longer does: what follows may not fit the book that readers have. */
  isBroken: boolean;
  /** The quote that was sent last. */
  top: TopOfBook;
}

const NO_TOP: TopOfBook = { bidPx: UNDEF_PRICE, bidSz: 0, askPx: UNDEF_PRICE, askSz: 0 };

/**
 * Follows the books of a feed, to know when one is wrong: the best bid above the best ask, another
 * checksum than the venue's, a number missing. Then the message is rejected, or marked, and the
 * book is said to be lost until its next snapshot. A snapshot that is older than changes which have
 * already been sent is brought up to them before it is sent on.
 */
export class BookKeeper {
  readonly #session: VenueSession;
  readonly #options: BookKeeperOptions;
  readonly #books = new Map<number, Book>();

  constructor(session: VenueSession, options: BookKeeperOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Whether the book of an instrument stands on a snapshot. */
  isWhole(symbol: FeedSymbol): boolean {
    for (const { instrument, levels } of this.#books.values()) {
      if (instrument.symbol === symbol) return levels.isSynced;
    }
    return false;
  }

  /** Says that a book is lost: nobody brings its changes any more. */
  lose(channelId: number): void {
    const book = this.#books.get(channelId);
    if (book !== undefined) this.#lose(book);
  }

  /** The connection was lost, and with it every book. */
  invalidateAll(): void {
    for (const book of this.#books.values()) forget(book);
  }

  /**
   * What is sent on for an event.
   *
   * @param text the message that it is of, for the case that it is rejected
   */
  take(event: FeedEvent, text: string): readonly FeedEvent[] {
    switch (event.body.case) {
      case 'quote':
        return isCrossed(event.body.value) ? [this.#reject(event, text, 'book_crossed')] : [event];
      case 'bookSnapshot':
        return this.#snapshot(event, event.body.value, text);
      case 'bookDelta':
        return this.#delta(event, event.body.value, text);
      default:
        return [event];
    }
  }

  #book(event: FeedEvent): Book {
    const channelId = event.channelId ?? 0;
    const known = this.#books.get(channelId);
    if (known !== undefined) return known;
    const instrument = this.#session.instruments.at(event.symbol);
    const levels = new OrderBook(instrument.bookDepth);
    const made: Book = {
      instrument,
      levels,
      waiting: [],
      through: undefined,
      isBroken: false,
      top: NO_TOP,
    };
    this.#books.set(channelId, made);
    return made;
  }

  #snapshot(event: FeedEvent, body: BookSnapshotBody, text: string): readonly FeedEvent[] {
    const book = this.#book(event);
    const { levels } = book;
    const isOld = levels.isSynced && book.through !== undefined && body.asOfSequence < book.through;
    if (isOld) {
      // Of a line that is behind: the book has it, and more.
      this.#session.problems.ignore('old_snapshot');
      return [];
    }
    levels.applySnapshot(body);
    if (levels.state === 'crossed') {
      forget(book);
      return [this.#reject(event, text, 'book_crossed')];
    }
    const { asOfSequence } = body;
    const isNumbered = asOfSequence !== 0;
    const later = isNumbered ? book.waiting.filter((each) => endOf(each) > asOfSequence) : [];
    book.waiting = [];
    book.through = isNumbered ? asOfSequence : undefined;
    for (const delta of later) {
      if (!follows(delta, book.through as Int64)) {
        // Changes between the two are missing: this snapshot does not make the book whole.
        forget(book);
        this.#options.onLost(event.symbol);
        return [event];
      }
      if (delta.body.case === 'bookDelta') levels.applyDelta(delta.body.value);
      book.through = endOf(delta);
    }
    book.isBroken = false;
    const sent = later.length === 0 ? event : broughtUp(event, levels, book.through as Int64);
    // Such numbers only rise; several changes may have the same.
    if (later[0]?.sequenceKind === SequenceKind.SPARSE) book.through = asOfSequence;
    return [sent, ...this.#topOf(book, event)];
  }

  #delta(event: FeedEvent, body: BookDeltaBody, text: string): readonly FeedEvent[] {
    const book = this.#book(event);
    const { levels } = book;
    if (!levels.isSynced) return [this.#unsynced(book, event)];
    const isNumbered = book.through !== undefined && event.sequence !== undefined;
    if (isNumbered) {
      // The snapshot had it already.
      if (endOf(event) <= (book.through as Int64)) return [event];
      if (!follows(event, book.through as Int64)) {
        this.#lose(book);
        return [this.#unsynced(book, event)];
      }
      if (event.sequenceKind !== SequenceKind.SPARSE) book.through = endOf(event);
    }
    levels.applyDelta(body);
    if (levels.state === 'crossed') {
      this.#lose(book);
      return [this.#reject(event, text, 'book_crossed')];
    }
    if (!this.#matches(book, body)) {
      this.#lose(book);
      return [this.#reject(event, text, 'checksum_mismatch')];
    }
    return [event, ...this.#topOf(book, event)];
  }

  #unsynced(book: Book, event: FeedEvent): FeedEvent {
    if (event.sequence !== undefined) {
      book.waiting.push(event);
      if (book.waiting.length > DELTAS_WAITING_MAX) book.waiting.shift();
    }
    return book.isBroken ? { ...event, flags: (event.flags ?? 0) | Flag.MAYBE_BAD_BOOK } : event;
  }

  #matches(book: Book, { checksum }: BookDeltaBody): boolean {
    const rule = this.#options.checksum;
    if (rule === undefined || checksum === undefined) return true;
    const { levels, instrument } = book;
    return rule.of(levels.bids(rule.depth), levels.asks(rule.depth), instrument) === checksum;
  }

  #lose(book: Book): void {
    forget(book);
    this.#options.onLost(book.instrument.symbol);
  }

  #topOf(book: Book, { tsEvent, tsEventSource, tsRecv }: FeedEvent): readonly FeedEvent[] {
    if (!this.#options.quotesFromBook) return [];
    const { top } = book;
    const now = book.levels.top();
    const isSame =
      now.bidPx === top.bidPx &&
      now.bidSz === top.bidSz &&
      now.askPx === top.askPx &&
      now.askSz === top.askSz;
    if (isSame) return [];
    book.top = now;
    const bid = { price: now.bidPx, size: now.bidSz };
    const ask = { price: now.askPx, size: now.askSz };
    return quoteEvents(book.instrument, { tsEvent, tsEventSource, tsRecv }, {}, () => ({
      bid,
      ask,
    }));
  }

  /** The event that stands for one that is not sent on; its number counts as before. */
  #reject(event: FeedEvent, text: string, kind: 'book_crossed' | 'checksum_mismatch'): FeedEvent {
    const { body, symbol, tsRecv, ...header } = event;
    const detail =
      kind === 'book_crossed'
        ? `with this ${body.case} of ${symbol.rawSymbol} the best bid is above the best ask`
        : `after this ${body.case} the book of ${symbol.rawSymbol} has another checksum`;
    this.#session.problems.count(kind, detail);
    return rejectedEvent({ symbol, tsRecv }, kind, detail, text, header);
  }
}

function forget(book: Book): void {
  book.isBroken ||= book.levels.isSynced;
  book.levels.invalidate();
  book.waiting = [];
}

const endOf = ({ sequence = 0, sequenceEnd = 0 }: FeedEvent): Int64 =>
  sequenceEnd > sequence ? sequenceEnd : sequence;

/** Whether nothing is missing between a change and what stands before it. */
function follows(event: FeedEvent, through: Int64): boolean {
  switch (event.sequenceKind) {
    case SequenceKind.DENSE:
    case SequenceKind.RANGE:
      return (event.sequence ?? 0) <= increment(through);
    case SequenceKind.LINKED:
      return (event.prevSequence ?? 0) <= through;
    default:
      return true;
  }
}

/** The snapshot with the changes that were sent before it. */
function broughtUp(event: FeedEvent, levels: OrderBook, through: Int64): FeedEvent {
  const value: BookSnapshotBody = {
    bids: levels.bids(Number.POSITIVE_INFINITY),
    asks: levels.asks(Number.POSITIVE_INFINITY),
    asOfSequence: through,
  };
  return { ...event, body: { case: 'bookSnapshot', value } };
}

/** A venue's own quote whose sides do not fit; one-sided quotes fit always. */
const isCrossed = ({ bidPx, askPx }: QuoteBody): boolean =>
  bidPx !== UNDEF_PRICE && askPx !== UNDEF_PRICE && bidPx > askPx;
