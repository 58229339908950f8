import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { AggressorSide, InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { changesOf, deltaEvents, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOfDecimals } from './listings.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  levelsOf,
  type Message,
  quotedIdOf,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { microsOf, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { MessageFault, refused } from './rejection.ts';
import { tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'BITSTAMP';

/**
 * Bitstamp, websocket version 2: live_trades, diff_order_book and order_book. There is no best
 * quote but that of the book.
 *
 * Sequences: trade ids rise. Books are ordered by their microtimestamp, which also says which
 * changes a REST snapshot contains.
 * https://www.bitstamp.net/websocket/v2/
 */
class BitstampReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    switch (message['event']) {
      case 'trade':
        return this.#trade(message, tsRecv);
      case 'data':
        return this.#data(message, tsRecv);
      case 'bts:subscription_succeeded':
      case 'bts:unsubscription_succeeded':
      case 'bts:heartbeat':
      case 'bts:request_reconnect':
        return [];
      case 'bts:error':
        throw refused(message['data']);
      default:
        throw unknownKind(message, 'trade or data');
    }
  }

  #trade(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message, 'live_trades_');
    const data = asMessage(message['data']);
    const id = idOf(data, 'id');
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: id };
    const rest = tradeRest(instrument, numbers, () => ({
      price: decimalOf(data['price_str'], 'price_str'),
      size: decimalOf(data['amount_str'], 'amount_str'),
      aggressorSide: sideOf(data['type']),
      tradeId: String(id),
    }));
    return instrument.events(venueTime(microsOf(data, 'microtimestamp'), tsRecv), rest);
  }

  #data(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const data = asMessage(message['data']);
    const channel = textOf(message, 'channel');
    if (channel.startsWith('order_book_')) {
      return snapshotOf(this.#session, this.#instrument(message, 'order_book_'), data, tsRecv);
    }
    const instrument = this.#instrument(message, 'diff_order_book_');
    const times = venueTime(microsOf(data, 'microtimestamp'), tsRecv);
    const sequence = quotedIdOf(data, 'microtimestamp');
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence };
    return deltaEvents(instrument, times, numbers, () => ({
      changes: changesOf(
        levelsOf(this.#session, data, 'bids'),
        levelsOf(this.#session, data, 'asks'),
      ),
    }));
  }

  #instrument(message: Message, prefix: string): Instrument {
    const channel = textOf(message, 'channel');
    const pair = channel.startsWith(prefix) ? channel.slice(prefix.length) : '';
    if (!/^[a-z0-9-]+$/.test(pair)) {
      throw new MessageFault('unknown_kind', `'${channel}' is no trades or order book of a pair`);
    }
    return this.#session.instruments.find(Publisher.BITSTAMP, VENUE, pair);
  }
}

function sideOf(type: unknown): AggressorSide {
  if (type === 0) return AggressorSide.BUY;
  if (type === 1) return AggressorSide.SELL;
  throw badField('type', type, '0 or 1');
}

function snapshotOf(
  session: VenueSession,
  instrument: Instrument,
  data: Message,
  tsRecv: bigint,
): readonly FeedEvent[] {
  const times = venueTime(microsOf(data, 'microtimestamp'), tsRecv);
  return snapshotEvents(instrument, times, quotedIdOf(data, 'microtimestamp'), () => ({
    bids: levelsOf(session, data, 'bids'),
    asks: levelsOf(session, data, 'asks'),
  }));
}

function listingOf(item: unknown): Listing {
  const pair = asMessage(item);
  const symbol = symbolOf(textOf(pair, 'url_symbol'));
  const [base = '', quote = ''] = textOf(pair, 'name').split('/');
  return {
    symbol,
    definition: {
      ...describe(symbol),
      base: assetCode(base),
      quote: assetCode(quote),
      minPriceIncrement: stepOfDecimals(pair['counter_decimals']),
      lotSize: stepOfDecimals(pair['base_decimals']),
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.BITSTAMP,
  venue: VENUE,
  rawSymbol,
});

/** A symbol does not show where its base ends. */
const describe = ({ rawSymbol }: FeedSymbol): Listing['definition'] => ({
  instrument: `${rawSymbol.toUpperCase()}.${VENUE}`,
  instrumentClass: InstrumentClass.SPOT,
});

export const BITSTAMP: Venue = {
  name: 'bitstamp',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: true,
  describe,
  open: (session) => new BitstampReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (url.includes('/trading-pairs-info') && Array.isArray(answer)) {
      return session.instruments.list(Publisher.BITSTAMP, answer.map(listingOf), tsRecv);
    }
    const pair = /\/order_book\/([a-z0-9-]+)/.exec(url)?.[1];
    if (pair === undefined) throw unknownAnswer(url);
    const instrument = session.instruments.find(Publisher.BITSTAMP, VENUE, pair);
    return [...snapshotOf(session, instrument, asMessage(answer), tsRecv)];
  },
};
