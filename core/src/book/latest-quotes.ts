import type { Int64, QuoteBody } from '../event.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';

/** The quote in force of an instrument, and when it came. */
export interface LatestQuote {
  readonly seconds: number;
  readonly nanos: number;
  /** Producer sequence. */
  readonly sequence: number;
  readonly bidPx: Int64;
  readonly bidSz: Int64;
  readonly askPx: Int64;
  readonly askSz: Int64;
}

type MutableQuote = { -readonly [Field in keyof LatestQuote]: LatestQuote[Field] };

/** The latest quote of each of a producer's instruments: by event time, then producer sequence. */
export class LatestQuotes {
  readonly #quotes = new Map<number, MutableQuote>();

  /** Takes a quote; false where a later one is in force, which then stays. */
  update(
    instrumentId: number,
    seconds: number,
    nanos: number,
    sequence: number,
    { bidPx, bidSz, askPx, askSz }: QuoteBody,
  ): boolean {
    const known = this.#quotes.get(instrumentId);
    if (known === undefined) {
      this.#quotes.set(instrumentId, { seconds, nanos, sequence, bidPx, bidSz, askPx, askSz });
      return true;
    }
    const isOlder =
      seconds < known.seconds ||
      (seconds === known.seconds &&
        (nanos < known.nanos || (nanos === known.nanos && sequence < known.sequence)));
    if (isOlder) return false;
    known.seconds = seconds;
    known.nanos = nanos;
    known.sequence = sequence;
    known.bidPx = bidPx;
    known.bidSz = bidSz;
    known.askPx = askPx;
    known.askSz = askSz;
    return true;
  }

  get(instrumentId: number): LatestQuote | undefined {
    return this.#quotes.get(instrumentId);
  }

  /** Takes back the quote of an instrument, after a gap or a halt. */
  withdraw(instrumentId: number): void {
    this.#quotes.delete(instrumentId);
  }

  /** Takes back all quotes, when the feed has disconnected. */
  withdrawAll(): void {
    this.#quotes.clear();
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#quotes.size);
    for (const [instrumentId, quote] of this.#quotes) {
      writer.varint(instrumentId);
      writer.integer(quote.seconds);
      writer.varint(quote.nanos);
      writer.varint(quote.sequence);
      for (const value of [quote.bidPx, quote.bidSz, quote.askPx, quote.askSz]) {
        writer.integer(value);
      }
    }
  }

  readState(reader: StateReader): void {
    this.#quotes.clear();
    const count = reader.count(13);
    for (let index = 0; index < count; index += 1) {
      this.#quotes.set(reader.varint(), {
        seconds: Number(reader.integer()),
        nanos: reader.varint(),
        sequence: reader.varint(),
        bidPx: reader.integer(),
        bidSz: reader.integer(),
        askPx: reader.integer(),
        askSz: reader.integer(),
      });
    }
  }
}
