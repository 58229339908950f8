import type { ConsolidatedState } from '@feedmill/proto/feedmill/v1/event_pb';
import { CONSOLIDATED_PAIRS_MAX } from '../limits.ts';
import type { AssetPair } from '../reference/asset-pair.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import type { Cbbo } from './cbbo.ts';
import { PairBook } from './pair-book.ts';
import type { VenueQuote } from './venue-quote.ts';

/** What becomes of a best bid and offer that is another one than before. */
export type EmitCbbo = (cbbo: Cbbo) => void;

/** The best bid and offer of every asset pair over its venues. A pure function of the calls. */
export class Consolidator {
  readonly #emit: EmitCbbo;
  readonly #pairsMax: number;
  readonly #books = new Map<bigint, PairBook>();

  /** @param pairsMax pairs beyond are not consolidated */
  constructor(emit: EmitCbbo, pairsMax: number = CONSOLIDATED_PAIRS_MAX) {
    this.#emit = emit;
    this.#pairsMax = pairsMax;
  }

  /** The newest of a pair; undefined where fewer than two venues have quoted it. */
  latest(pairId: bigint): Cbbo | undefined {
    return this.#books.get(pairId)?.last;
  }

  /** A quote has come or has another standing. */
  update(quote: VenueQuote, isNew: boolean): void {
    const { pair } = quote.instrument;
    let { book } = quote;
    if (book?.pair.id !== pair?.id) {
      if (book !== undefined) this.remove(quote);
      book = pair === undefined ? undefined : this.#join(quote, pair);
    }
    if (book === undefined) return;
    if (isNew) book.countSuperseded(quote);
    const cbbo = book.renewed();
    if (cbbo !== undefined) this.#emit(cbbo);
  }

  /** A quote came that its own source knows better already. */
  countSuperseded({ book }: VenueQuote): void {
    if (book !== undefined) book.supersededQuotes += 1;
  }

  /** The source of a quote is gone for good. */
  remove(quote: VenueQuote): void {
    const { book } = quote;
    if (book === undefined) return;
    book.remove(quote);
    const cbbo = book.renewed();
    if (cbbo !== undefined) this.#emit(cbbo);
    if (book.venueCount === 0) this.#books.delete(book.pair.id);
  }

  /** The quotes themselves are somebody else's. */
  writeState(writer: StateWriter): void {
    writer.varint(this.#books.size);
    for (const book of this.#books.values()) {
      const { pair, last, supersededQuotes } = book;
      writer.integer(pair.id);
      writer.text(pair.name);
      const quotes = [...book.quotes()];
      writer.varint(quotes.length);
      for (const { producerId, instrument } of quotes) {
        writer.integer(producerId);
        writer.integer(instrument.id);
      }
      writer.varint(supersededQuotes);
      writer.boolean(last !== undefined);
      if (last === undefined) continue;
      for (const value of [last.bidPx, last.bidSz, last.askPx, last.askSz]) writer.integer(value);
      writer.integer(last.bidInstrumentId);
      writer.varint(last.bidPublisherId);
      writer.integer(last.askInstrumentId);
      writer.varint(last.askPublisherId);
      writer.varint(last.venuesLive);
      writer.varint(last.venuesStale);
      writer.varint(last.state);
      writer.integer(last.oldestTsRecv);
      writer.varint(last.supersededQuotes);
    }
  }

  /** Into a consolidator that is empty; nothing is emitted. */
  readState(reader: StateReader, quotes: Iterable<VenueQuote>): void {
    const byKey = new Map<string, VenueQuote>();
    for (const quote of quotes) byKey.set(`${quote.producerId} ${quote.instrument.id}`, quote);
    for (let left = reader.count(5); left > 0; left -= 1) {
      const pair = { id: reader.bigint(), name: reader.text() };
      const book = new PairBook(pair);
      for (let quotesLeft = reader.count(4); quotesLeft > 0; quotesLeft -= 1) {
        const quote = byKey.get(`${reader.bigint()} ${reader.bigint()}`);
        // One that is gone with its producer, as `readVenueQuote` says.
        if (quote !== undefined) book.add(quote);
      }
      this.#books.set(pair.id, book);
      const supersededQuotes = reader.varint();
      if (reader.boolean()) {
        book.last = {
          pair: book.pair,
          bidPx: reader.integer(),
          bidSz: reader.integer(),
          askPx: reader.integer(),
          askSz: reader.integer(),
          bidInstrumentId: reader.bigint(),
          bidPublisherId: reader.varint(),
          askInstrumentId: reader.bigint(),
          askPublisherId: reader.varint(),
          venuesLive: reader.varint(),
          venuesStale: reader.varint(),
          state: reader.varint() as ConsolidatedState,
          oldestTsRecv: reader.bigint(),
          supersededQuotes: reader.varint(),
        };
      }
      book.supersededQuotes = supersededQuotes;
    }
  }

  #join(quote: VenueQuote, pair: AssetPair): PairBook | undefined {
    let book = this.#books.get(pair.id);
    if (book === undefined) {
      if (this.#books.size >= this.#pairsMax) return undefined;
      book = new PairBook(pair);
      this.#books.set(pair.id, book);
    }
    book.add(quote);
    return book;
  }
}
