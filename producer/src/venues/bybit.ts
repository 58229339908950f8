import type { BookChangeBody, BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { changeOf, changesOf, deltaEvents, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, listedMillis, stepOf } from './listings.ts';
import {
  asMessage,
  badField,
  bareDecimalOf,
  idOf,
  isMessage,
  levelsOf,
  listOf,
  type Message,
  quotedIdOf,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { microsOf, millisOf, sendTime, type Times, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'BYBIT';

/** Bybit's markets. One symbol may be a pair on spot and a contract elsewhere. */
const PUBLISHERS = {
  spot: Publisher.BYBIT_SPOT,
  linear: Publisher.BYBIT_LINEAR,
  inverse: Publisher.BYBIT_INVERSE,
} as const;

type Market = keyof typeof PUBLISHERS;

/**
 * Bybit, versions 2 (inverse) and 5 (spot, linear, inverse): trades and order books. Which market a
 * connection is of, its URL says. Sizes of inverse contracts are dollars. Best quotes are those of
 * the book.
 *
 * Sequences: `cross_seq` and `seq` order all of a symbol and have holes by design.
 * https://bybit-exchange.github.io/docs/v5/ws/connect
 */
class BybitReader implements MessageReader {
  readonly #session: VenueSession;
  readonly #publisherId: number;

  constructor(session: VenueSession, url: string) {
    this.#session = session;
    const market = /\/v5\/public\/(spot|linear|inverse)\b/.exec(url)?.[1] as Market | undefined;
    this.#publisherId = PUBLISHERS[market ?? 'inverse'];
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    if (message['topic'] === undefined) return answered(message);
    const topic = textOf(message, 'topic');
    const instrument = this.#named(topic.slice(topic.lastIndexOf('.') + 1));
    if (topic.startsWith('orderBookL2_25.')) return this.#book2(instrument, message, tsRecv);
    if (topic.startsWith('trade.')) return this.#trades2(instrument, message, tsRecv);
    if (topic.startsWith('orderbook.')) return this.#book5(instrument, message, tsRecv);
    if (topic.startsWith('publicTrade.')) return this.#trades5(instrument, message, tsRecv);
    if (/^(instrument_info|tickers|kline\w*|liquidation)\./.test(topic)) {
      this.#session.problems.ignore(topic.slice(0, topic.indexOf('.')));
      return [];
    }
    throw unknownKind(message, 'trades or order book');
  }

  #book2(instrument: Instrument, message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const times = sendTime(microsOf(message, 'timestamp_e6'), tsRecv);
    const sequence =
      typeof message['cross_seq'] === 'string'
        ? quotedIdOf(message, 'cross_seq')
        : idOf(message, 'cross_seq');
    if (message['type'] === 'snapshot') {
      // Linear contracts put the list into an object.
      const { data } = message;
      const items = isMessage(data) ? listOf(data, 'order_book') : listOf(message, 'data');
      return snapshotEvents(instrument, times, sequence, () => {
        const levels = items.map((item) => change2(item, false));
        return {
          bids: levels.filter(({ side }) => side === Side.BID),
          asks: levels.filter(({ side }) => side === Side.ASK),
        };
      });
    }
    const data = asMessage(message['data']);
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence };
    return deltaEvents(instrument, times, numbers, () => ({
      changes: (['delete', 'update', 'insert'] as const).flatMap((part) =>
        listOf(data, part).map((item) => change2(item, part === 'delete')),
      ),
    }));
  }

  #trades2(instrument: Instrument, message: Message, tsRecv: bigint): readonly FeedEvent[] {
    return instrument.eventsOf(
      listOf(message, 'data').map((item: unknown) => {
        const trade = asMessage(item);
        const times = venueTime(millisOf(trade, 'trade_time_ms'), tsRecv);
        const rest = tradeRest(instrument, sparse(trade, 'cross_seq'), () => ({
          price: bareDecimalOf(trade['price'], 'price'),
          size: bareDecimalOf(trade['size'], 'size'),
          aggressorSide: takerSide(trade['side'], 'side', 'Buy', 'Sell'),
          tradeId: textOf(trade, 'trade_id'),
        }));
        return [times, rest] as const;
      }),
    );
  }

  #book5(instrument: Instrument, message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const data = asMessage(message['data']);
    const times = times5(message, tsRecv);
    const bids = (): BookLevelBody[] => levelsOf(this.#session, data, 'b');
    const asks = (): BookLevelBody[] => levelsOf(this.#session, data, 'a');
    const sequence = idOf(data, 'seq');
    if (message['type'] === 'snapshot') {
      return snapshotEvents(instrument, times, sequence, () => ({ bids: bids(), asks: asks() }));
    }
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence };
    return deltaEvents(instrument, times, numbers, () => ({ changes: changesOf(bids(), asks()) }));
  }

  #trades5(instrument: Instrument, message: Message, tsRecv: bigint): readonly FeedEvent[] {
    return instrument.eventsOf(
      listOf(message, 'data').map((item: unknown) => {
        const trade = asMessage(item);
        const rest = tradeRest(instrument, sparse(trade, 'seq'), () => ({
          price: bareDecimalOf(trade['p'], 'p'),
          size: bareDecimalOf(trade['v'], 'v'),
          aggressorSide: takerSide(trade['S'], 'S', 'Buy', 'Sell'),
          tradeId: textOf(trade, 'i'),
        }));
        return [venueTime(millisOf(trade, 'T'), tsRecv), rest] as const;
      }),
    );
  }

  #named(rawSymbol: string): Instrument {
    return this.#session.instruments.find(this.#publisherId, VENUE, rawSymbol);
  }
}

/** The answer to a request, which has no topic. */
function answered(message: Message): readonly FeedEvent[] {
  if (message['success'] === false) throw refused(message['ret_msg'], message['request']);
  const isKnown = message['success'] === true || message['op'] === 'pong';
  if (!isKnown) throw unknownKind(message, 'a topic or an answer');
  return [];
}

/** Matching engine time where it is given, else that of sending. */
const times5 = (message: Message, tsRecv: bigint): Times =>
  message['cts'] === undefined
    ? sendTime(millisOf(message, 'ts'), tsRecv)
    : venueTime(millisOf(message, 'cts'), tsRecv);

const sparse = (trade: Message, name: string) =>
  trade[name] === undefined
    ? {}
    : { sequenceKind: SequenceKind.SPARSE, sequence: idOf(trade, name) };

function change2(item: unknown, isDeleted: boolean): BookChangeBody {
  const level = asMessage(item);
  const side = level['side'];
  if (side !== 'Buy' && side !== 'Sell') throw badField('side', side, 'Buy or Sell');
  const price = bareDecimalOf(level['price'], 'price');
  const size = isDeleted ? 0 : bareDecimalOf(level['size'], 'size');
  return changeOf({ price, size }, side === 'Buy' ? Side.BID : Side.ASK);
}

const symbolOf = (publisherId: number, rawSymbol: string): FeedSymbol => ({
  publisherId,
  venue: VENUE,
  rawSymbol,
});

/** What is not spot and has no date is a perpetual. */
function describe({ publisherId, rawSymbol }: FeedSymbol): Listing['definition'] {
  if (publisherId === Publisher.BYBIT_SPOT) {
    return { instrument: `${rawSymbol}.${VENUE}`, instrumentClass: InstrumentClass.SPOT };
  }
  const isDated = /[-A-Z]\d{2}([A-Z]{3}\d{2})?$/.test(rawSymbol);
  return isDated
    ? { instrument: `${rawSymbol}.${VENUE}`, instrumentClass: InstrumentClass.FUTURE }
    : {
        instrument: `${rawSymbol}-PERP.${VENUE}`,
        instrumentClass: InstrumentClass.PERPETUAL,
        ...(rawSymbol.endsWith('USD') ? { base: rawSymbol.slice(0, -3), quote: 'USD' } : {}),
      };
}

function listing2(item: unknown): Listing {
  const listed = asMessage(item);
  const quote = assetCode(textOf(listed, 'quote_currency'));
  const publisherId = quote === 'USD' ? Publisher.BYBIT_INVERSE : Publisher.BYBIT_LINEAR;
  const symbol = symbolOf(publisherId, textOf(listed, 'name'));
  return {
    symbol,
    definition: {
      ...describe(symbol),
      base: assetCode(textOf(listed, 'base_currency')),
      quote,
      minPriceIncrement: stepOf(asMessage(listed['price_filter'])['tick_size']),
      lotSize: stepOf(asMessage(listed['lot_size_filter'])['qty_step']),
    },
  };
}

function listing5(market: Market, item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(PUBLISHERS[market], textOf(listed, 'symbol'));
  const lot = asMessage(listed['lotSizeFilter']);
  return {
    symbol,
    definition: {
      ...describe(symbol),
      base: assetCode(textOf(listed, 'baseCoin')),
      quote: assetCode(textOf(listed, 'quoteCoin')),
      minPriceIncrement: stepOf(asMessage(listed['priceFilter'])['tickSize']),
      lotSize: stepOf(lot['qtyStep'] ?? lot['basePrecision']),
      expiration: listedMillis(listed['deliveryTime']),
    },
  };
}

export const BYBIT: Venue = {
  name: 'bybit',
  feed: symbolOf(Publisher.BYBIT_LINEAR, ''),
  decimals: 'bare',
  redundancy: 'arbitrated',
  quotesFromBook: true,
  describe,
  open: (session, { url }) => new BybitReader(session, url),
  readAnswer: (session, url, answer, tsRecv) => {
    const { result } = asMessage(answer);
    if (url.endsWith('/v2/public/symbols') && Array.isArray(result)) {
      const listings = result.map(listing2);
      return Object.values(PUBLISHERS).flatMap((publisherId) => {
        const own = listings.filter(({ symbol }) => symbol.publisherId === publisherId);
        return own.length === 0 ? [] : session.instruments.list(publisherId, own, tsRecv);
      });
    }
    const market = /instruments-info\?category=(spot|linear|inverse)/.exec(url)?.[1] as
      | Market
      | undefined;
    if (market === undefined) throw unknownAnswer(url);
    const listings = listOf(asMessage(result), 'list').map((item) => listing5(market, item));
    return session.instruments.list(PUBLISHERS[market], listings, tsRecv);
  },
};
