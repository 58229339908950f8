import type {
  BookChangeBody,
  BookLevelBody,
  FeedEvent,
  FeedSymbol,
  Int64,
} from '@feedmill/core/event';
import { InstrumentClass, SequenceKind, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { changeOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  levelsOf,
  listOf,
  type Message,
  pairLevel,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { isoNanosOf, receiveTime, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { isNewTrade, takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'COINBASE';

/**
 * Coinbase Exchange: the channels matches, ticker and level2. A match names the maker's side, so
 * the taker's is the other one. A ticker is the quote after a trade, and it has that trade's key;
 * the trade itself comes as a match.
 *
 * Sequences: trade ids are dense per product. `sequence` counts the product's full channel, of
 * which these are a part: it has holes by design. level2 has no number at all.
 * https://docs.cdp.coinbase.com/exchange/docs/websocket-channels
 */
class CoinbaseReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    switch (message['type']) {
      case 'match':
        return this.#match(message, tsRecv);
      case 'last_match':
        return this.#lastMatch(message, tsRecv);
      case 'ticker':
        return this.#ticker(message, tsRecv);
      case 'l2update':
        return this.#update(message, tsRecv);
      case 'snapshot':
        return snapshotEvents(this.#instrument(message), receiveTime(tsRecv), 0, () => ({
          bids: levelsOf(this.#session, message, 'bids'),
          asks: levelsOf(this.#session, message, 'asks'),
        }));
      case 'subscriptions':
      case 'heartbeat':
        return [];
      case 'error':
        throw refused(message['message'], message['reason']);
      default:
        throw unknownKind(message, 'match, ticker, snapshot or l2update');
    }
  }

  #match(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    const id = idOf(message, 'trade_id');
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: id, eventKey: tradeKey(id) };
    const rest = tradeRest(instrument, numbers, () => ({
      price: decimalOf(message['price'], 'price'),
      size: decimalOf(message['size'], 'size'),
      aggressorSide: takerSide(message['side'], 'side', 'sell', 'buy'),
      tradeId: String(id),
    }));
    isNewTrade(instrument, id);
    return instrument.events(venueTime(isoNanosOf(message, 'time'), tsRecv), rest);
  }

  /**
   * The last trade before the subscription. It is no part of a session that begins; after a
   * reconnect it shows what was missed.
   */
  #lastMatch(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const { lastTradeId } = this.#instrument(message);
    const isMissed = lastTradeId !== 0 && idOf(message, 'trade_id') > lastTradeId;
    if (isMissed) return this.#match(message, tsRecv);
    this.#session.problems.ignore('history');
    return [];
  }

  #ticker(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    // The first ticker of a product that has not traded names no trade.
    const key = message['trade_id'] === undefined ? undefined : tradeKey(idOf(message, 'trade_id'));
    const times =
      message['time'] === undefined
        ? receiveTime(tsRecv)
        : venueTime(isoNanosOf(message, 'time'), tsRecv);
    const numbers = {
      sequenceKind: SequenceKind.SPARSE,
      sequence: idOf(message, 'sequence'),
      ...(key === undefined ? {} : { eventKey: key }),
    };
    return quoteEvents(instrument, times, numbers, () => ({
      bid: bestOf(message, 'bid'),
      ask: bestOf(message, 'ask'),
    }));
  }

  #update(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const times = venueTime(isoNanosOf(message, 'time'), tsRecv);
    return deltaEvents(this.#instrument(message), times, {}, () => ({
      changes: listOf(message, 'changes').map(level2Change),
    }));
  }

  #instrument(message: Message): Instrument {
    const product = textOf(message, 'product_id');
    return this.#session.instruments.find(Publisher.COINBASE, VENUE, product);
  }
}

function level2Change(change: unknown): BookChangeBody {
  if (!Array.isArray(change)) throw badField('changes', change, '[side, price, size]');
  const [side, ...level] = change as readonly unknown[];
  if (side !== 'buy' && side !== 'sell') throw badField('changes', side, 'buy or sell');
  return changeOf(pairLevel(level, 'changes'), side === 'buy' ? Side.BID : Side.ASK);
}

/** Sizes are newer than the prices: older sessions have none. */
function bestOf(message: Message, side: 'bid' | 'ask'): BookLevelBody {
  const size = message[`best_${side}_size`] ?? '0';
  const price = decimalOf(message[`best_${side}`], `best_${side}`);
  return quoteSide(price, decimalOf(size, `best_${side}_size`));
}

/** What a match and the ticker that repeats it have in common. */
const tradeKey = (id: Int64): Uint8Array => Buffer.from(`trade ${id}`);

function listingOf(item: unknown): Listing {
  const product = asMessage(item);
  const symbol = symbolOf(textOf(product, 'id'));
  return {
    symbol,
    definition: {
      instrument: `${symbol.rawSymbol}.${VENUE}`,
      instrumentClass: InstrumentClass.SPOT,
      base: assetCode(textOf(product, 'base_currency')),
      quote: assetCode(textOf(product, 'quote_currency')),
      minPriceIncrement: stepOf(product['quote_increment']),
      lotSize: stepOf(product['base_increment']),
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.COINBASE,
  venue: VENUE,
  rawSymbol,
});

export const COINBASE: Venue = {
  name: 'coinbase',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  describe: ({ rawSymbol }) => {
    const [base = '', quote = ''] = rawSymbol.split('-');
    const instrument = `${rawSymbol}.${VENUE}`;
    return { instrument, instrumentClass: InstrumentClass.SPOT, base, quote };
  },
  open: (session) => new CoinbaseReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!url.endsWith('/products') || !Array.isArray(answer)) throw unknownAnswer(url);
    return session.instruments.list(Publisher.COINBASE, answer.map(listingOf), tsRecv);
  },
};
