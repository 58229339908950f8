import type { QuoteStanding } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { type QuotedInstrument, VenueQuote } from './venue-quote.ts';

const NOT_KNOWN: QuotedInstrument = { name: '', id: 0n, pair: undefined };

/** Finds an instrument that a producer knows, by its name. */
export type FindInstrument = (producerId: bigint, name: string) => QuotedInstrument | undefined;

export function writeVenueQuote(writer: StateWriter, quote: VenueQuote): void {
  writer.text(quote.instrument.name);
  writer.text(quote.venue);
  writer.varint(quote.publisherId);
  writer.integer(quote.tsEventHi);
  writer.varint(quote.tsEventLo);
  writer.integer(quote.tsRecvHi);
  writer.varint(quote.tsRecvLo);
  writer.varint(quote.heardMs);
  writer.varint(quote.producerSequence);
  for (const value of [quote.bidPx, quote.bidSz, quote.askPx, quote.askSz]) writer.integer(value);
  writer.varint(quote.standing);
}

/**
 * @returns undefined where the producer, or its instrument, is not known any more: it is among what
 *   was lost with a journal
 */
export function readVenueQuote(
  reader: StateReader,
  producerId: bigint,
  find: FindInstrument,
): VenueQuote | undefined {
  const name = reader.text();
  const known = find(producerId, name);
  const instrument = known ?? NOT_KNOWN;
  const quote = new VenueQuote(producerId, instrument, reader.text(), reader.varint());
  quote.tsEventHi = Number(reader.integer());
  quote.tsEventLo = reader.varint();
  quote.tsRecvHi = Number(reader.integer());
  quote.tsRecvLo = reader.varint();
  quote.heardMs = reader.varint();
  quote.producerSequence = reader.varint();
  quote.bidPx = reader.integer();
  quote.bidSz = reader.integer();
  quote.askPx = reader.integer();
  quote.askSz = reader.integer();
  quote.standing = reader.varint() as QuoteStanding;
  return known && quote;
}
