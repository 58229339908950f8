import type { BookLevelBody, FeedEvent, FeedSymbol, Int64 } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { changesOf, deltaEvents, type Numbers, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import {
  asMessage,
  decimalOf,
  idOf,
  isMessage,
  type LevelOf,
  levelsOf,
  listOf,
  type Message,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { isoNanosOf, receiveTime, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'DYDX';

/**
 * dYdX, versions 3 and 4: order books and trades of perpetuals. There is no best quote but that of
 * the book, and books have no time.
 *
 * Sequences: `message_id` counts all messages of a connection, and they may come out of order.
 * `offset` (version 3) goes back and forth within a market. Trades have ids in version 4 only.
 * https://docs.dydx.exchange/
 */
class DydxReader implements MessageReader {
  readonly #session: VenueSession;
  number: Int64 | undefined;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    this.number = undefined;
    const message = asMessage(parsed);
    if (message['message_id'] !== undefined) this.number = idOf(message, 'message_id');
    switch (message['type']) {
      case 'channel_data':
      case 'channel_batch_data':
        return this.#data(message, tsRecv);
      case 'subscribed':
        return this.#subscribed(message, tsRecv);
      case 'connected':
      case 'unsubscribed':
      case 'pong':
        return [];
      case 'error':
        throw refused(message['message']);
      default:
        throw unknownKind(message, 'connected, subscribed or channel_data');
    }
  }

  #subscribed(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const contents = asMessage(message['contents']);
    if (isOf(message, 'trades')) {
      this.#session.problems.ignore('history');
      return [];
    }
    if (!isOf(message, 'orderbook')) return this.#ignored(message);
    const asOf = this.number ?? 0;
    return snapshotEvents(this.#instrument(message), receiveTime(tsRecv), asOf, () => ({
      bids: levelsOf(this.#session, contents, 'bids', levelOf),
      asks: levelsOf(this.#session, contents, 'asks', levelOf),
    }));
  }

  #data(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    const { contents } = message;
    const all = Array.isArray(contents) ? contents.map(asMessage) : [asMessage(contents)];
    if (isOf(message, 'trades')) {
      return all.flatMap((each) => this.#trades(instrument, each, tsRecv));
    }
    if (!isOf(message, 'orderbook')) return this.#ignored(message);
    const numbers = this.#numbers();
    return all.flatMap((each) =>
      deltaEvents(instrument, receiveTime(tsRecv), numbers, () => ({
        changes: changesOf(this.#side(each, 'bids'), this.#side(each, 'asks')),
      })),
    );
  }

  #side(contents: Message, name: string): BookLevelBody[] {
    return contents[name] === undefined ? [] : levelsOf(this.#session, contents, name);
  }

  /** The number of the message, which every event of it has. */
  #numbers(): Numbers {
    const { number } = this;
    return number === undefined ? {} : { sequenceKind: SequenceKind.SPARSE, sequence: number };
  }

  #trades(instrument: Instrument, contents: Message, tsRecv: bigint): readonly FeedEvent[] {
    return instrument.eventsOf(
      listOf(contents, 'trades').map((item: unknown) => {
        const trade = asMessage(item);
        const rest = tradeRest(instrument, this.#numbers(), () => ({
          price: decimalOf(trade['price'], 'price'),
          size: decimalOf(trade['size'], 'size'),
          aggressorSide: takerSide(trade['side'], 'side', 'BUY', 'SELL'),
          tradeId: trade['id'] === undefined ? '' : textOf(trade, 'id'),
        }));
        return [venueTime(isoNanosOf(trade, 'createdAt'), tsRecv), rest] as const;
      }),
    );
  }

  #ignored(message: Message): readonly FeedEvent[] {
    this.#session.problems.ignore(textOf(message, 'channel'));
    return [];
  }

  #instrument(message: Message): Instrument {
    return this.#session.instruments.find(Publisher.DYDX, VENUE, textOf(message, 'id'));
  }
}

const isOf = (message: Message, channel: string): boolean =>
  message['channel'] === `v3_${channel}` || message['channel'] === `v4_${channel}`;

const levelOf: LevelOf = (item, name) => {
  const level = asMessage(item);
  return { price: decimalOf(level['price'], name), size: decimalOf(level['size'], name) };
};

function listingsOf(markets: Message): Listing[] {
  return Object.entries(markets)
    .filter((entry): entry is [string, Message] => isMessage(entry[1]))
    .map(([rawSymbol, market]) => {
      const symbol = symbolOf(rawSymbol);
      const definition = {
        ...describe(symbol),
        minPriceIncrement: stepOf(market['tickSize']),
        lotSize: stepOf(market['stepSize']),
      };
      return { symbol, definition };
    });
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.DYDX,
  venue: VENUE,
  rawSymbol,
});

function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const [base = '', quote = ''] = rawSymbol.split('-');
  return {
    instrument: `${rawSymbol}.${VENUE}`,
    instrumentClass: InstrumentClass.PERPETUAL,
    base: assetCode(base),
    quote: assetCode(quote),
  };
}

export const DYDX: Venue = {
  name: 'dydx',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'single-line',
  quotesFromBook: true,
  describe,
  open: (session) => new DydxReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!/\/(markets|perpetualMarkets)$/.test(url)) throw unknownAnswer(url);
    const markets = asMessage(asMessage(answer)['markets']);
    return session.instruments.list(Publisher.DYDX, listingsOf(markets), tsRecv);
  },
};
