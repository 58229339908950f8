// The venue of docs/add-a-venue.md: small, and whole. It exists for that page and its test alone.

import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { changesOf, deltaEvents, snapshotEvents } from '../book-parts.ts';
import type { Instrument, Listing } from '../instruments.ts';
import { stepOf } from '../listings.ts';
import {
  asMessage,
  decimalOf,
  idOf,
  levelsOf,
  listOf,
  type Message,
  textOf,
  unknownKind,
} from '../message-fields.ts';
import { millisOf, venueTime } from '../message-times.ts';
import { refused } from '../rejection.ts';
import { takerSide, tradeRest } from '../trade-parts.ts';
import { CAUTIOUS_RATES, type VenueDialect } from '../venue-dialect.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from '../venue-mapper.ts';

const VENUE = 'ACME';
/** A venue of the product has its number in publishers.ts. */
const PUBLISHER_ID = 999;

/**
 * Trades and books of ACME, each message one object with its kind in `k`.
 *
 * Sequences: trade ids are dense in each symbol; book changes have a range `from`..`to`.
 */
class AcmeReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    switch (message['k']) {
      case 'trade':
        return this.#trade(message, tsRecv);
      case 'change':
        return this.#change(message, tsRecv);
      case 'book':
        return bookOf(this.#session, this.#instrument(message), message, tsRecv);
      case 'hello':
        return [];
      case 'error':
        throw refused(message['why']);
      default:
        throw unknownKind({ type: message['k'] }, 'trade, change, book, hello and error');
    }
  }

  #trade(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    const id = idOf(message, 'id');
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: id };
    const rest = tradeRest(instrument, numbers, () => ({
      price: decimalOf(message['price'], 'price'),
      size: decimalOf(message['size'], 'size'),
      aggressorSide: takerSide(message['taker'], 'taker', 'buyer', 'seller'),
      tradeId: String(id),
    }));
    return instrument.events(venueTime(millisOf(message, 'at'), tsRecv), rest);
  }

  #change(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const times = venueTime(millisOf(message, 'at'), tsRecv);
    const numbers = {
      sequenceKind: SequenceKind.RANGE,
      sequence: idOf(message, 'from'),
      sequenceEnd: idOf(message, 'to'),
    };
    return deltaEvents(this.#instrument(message), times, numbers, () => ({
      changes: changesOf(
        levelsOf(this.#session, message, 'bids'),
        levelsOf(this.#session, message, 'asks'),
      ),
    }));
  }

  #instrument(message: Message): Instrument {
    return this.#session.instruments.find(PUBLISHER_ID, VENUE, textOf(message, 'symbol'));
  }
}

const bookOf = (
  session: VenueSession,
  instrument: Instrument,
  book: Message,
  tsRecv: bigint,
): readonly FeedEvent[] =>
  snapshotEvents(instrument, venueTime(millisOf(book, 'at'), tsRecv), idOf(book, 'to'), () => ({
    bids: levelsOf(session, book, 'bids'),
    asks: levelsOf(session, book, 'asks'),
  }));

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: PUBLISHER_ID,
  venue: VENUE,
  rawSymbol,
});

const describe = ({ rawSymbol }: FeedSymbol): Listing['definition'] => ({
  instrument: `${rawSymbol}.${VENUE}`,
  instrumentClass: InstrumentClass.SPOT,
});

function listingOf(item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(textOf(listed, 'symbol'));
  return {
    symbol,
    definition: {
      ...describe(symbol),
      base: textOf(listed, 'base'),
      quote: textOf(listed, 'quote'),
      minPriceIncrement: stepOf(listed['tick']),
    },
  };
}

export const ACME: Venue = {
  name: 'acme',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: true,
  describe,
  open: (session) => new AcmeReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    const message = asMessage(answer);
    if (url.includes('/symbols')) {
      const listings = listOf(message, 'symbols').map(listingOf);
      return session.instruments.list(PUBLISHER_ID, listings, tsRecv);
    }
    const symbol = /\/book\/([A-Z]+)/.exec(url)?.[1];
    if (symbol === undefined) throw unknownAnswer(url);
    const instrument = session.instruments.find(PUBLISHER_ID, VENUE, symbol);
    return [...bookOf(session, instrument, message, tsRecv)];
  },
};

/** How to talk to it. */
export const ACME_LIVE: VenueDialect = {
  venue: ACME,
  markets: [],
  defaultSymbols: ['BTCUSD'],
  symbolsMax: 100,
  publisherId: () => PUBLISHER_ID,
  websocket: () => 'wss://stream.acme.example',
  rest: () => 'https://api.acme.example',
  websocketPath: () => '/v1',
  listPaths: () => ['/v1/symbols'],
  subscribe: ({ symbols }) => symbols.map((symbol) => JSON.stringify({ k: 'subscribe', symbol })),
  bookRepair: { by: 'rest', path: (symbol) => `/v1/book/${symbol}` },
  rates: CAUTIOUS_RATES,
};
