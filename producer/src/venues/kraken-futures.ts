import type { BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { changeOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import {
  asMessage,
  badField,
  bareDecimalOf,
  idOf,
  type LevelOf,
  levelsOf,
  listOf,
  type Message,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { isoNanosOf, millisOf, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { MessageFault, refused } from './rejection.ts';
import { isNewTrade, takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'KRAKEN';
const ASSETS = { XBT: 'BTC', XDG: 'DOGE' };

/**
 * Kraken Futures: trade, ticker and book. Numbers are bare in its JSON.
 *
 * Sequences: `seq` is dense for each product, of trades and of the book apart.
 * https://docs.kraken.com/api/docs/futures-api/websocket/book
 */
class KrakenFuturesReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    if (message['event'] !== undefined) {
      const isRefusal = message['event'] === 'error' || message['event'] === 'alert';
      if (isRefusal) throw refused(message['message']);
      return [];
    }
    switch (message['feed']) {
      case 'trade':
        return this.#trade(message, tsRecv);
      case 'trade_snapshot':
        return this.#missed(message, tsRecv);
      case 'ticker':
        return this.#ticker(message, tsRecv);
      case 'book_snapshot':
        return this.#snapshot(message, tsRecv);
      case 'book':
        return this.#change(message, tsRecv);
      case 'heartbeat':
        return [];
      default:
        throw unknownKind(message, 'trade, ticker or book');
    }
  }

  #trade(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    const sequence = idOf(message, 'seq');
    const rest = tradeRest(instrument, { sequenceKind: SequenceKind.DENSE, sequence }, () => ({
      price: bareDecimalOf(message['price'], 'price'),
      size: bareDecimalOf(message['qty'], 'qty'),
      aggressorSide: takerSide(message['side'], 'side', 'buy', 'sell'),
      tradeId: textOf(message, 'uid'),
    }));
    isNewTrade(instrument, sequence);
    return instrument.events(venueTime(millisOf(message, 'time'), tsRecv), rest);
  }

  /** Trades from before the subscription, the newest first: after a reconnect, what was missed. */
  #missed(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const { lastTradeId } = this.#instrument(message);
    const missed = listOf(message, 'trades')
      .map(asMessage)
      .filter((trade) => lastTradeId !== 0 && idOf(trade, 'seq') > lastTradeId)
      .reverse();
    if (missed.length === 0) this.#session.problems.ignore('history');
    return missed.flatMap((trade) => this.#trade(trade, tsRecv));
  }

  #ticker(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const best = (side: 'bid' | 'ask'): BookLevelBody => {
      if (message[side] === undefined) return quoteSide(0, 0);
      const size = bareDecimalOf(message[`${side}_size`], `${side}_size`);
      return quoteSide(bareDecimalOf(message[side], side), size);
    };
    const times = venueTime(millisOf(message, 'time'), tsRecv);
    return quoteEvents(this.#instrument(message), times, {}, () => ({
      bid: best('bid'),
      ask: best('ask'),
    }));
  }

  #snapshot(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const times = venueTime(millisOf(message, 'timestamp'), tsRecv);
    return snapshotEvents(this.#instrument(message), times, idOf(message, 'seq'), () => ({
      bids: levelsOf(this.#session, message, 'bids', levelOf),
      asks: levelsOf(this.#session, message, 'asks', levelOf),
    }));
  }

  #change(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const times = venueTime(millisOf(message, 'timestamp'), tsRecv);
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: idOf(message, 'seq') };
    return deltaEvents(this.#instrument(message), times, numbers, () => {
      const { side } = message;
      if (side !== 'buy' && side !== 'sell') throw badField('side', side, 'buy or sell');
      const change = changeOf(levelOf(message, 'qty'), side === 'buy' ? Side.BID : Side.ASK);
      return { changes: [change] };
    });
  }

  #instrument(message: Message): Instrument {
    const product = textOf(message, 'product_id');
    return this.#session.instruments.find(Publisher.KRAKEN_FUTURES, VENUE, product);
  }
}

const levelOf: LevelOf = (item, name) => {
  const level = asMessage(item);
  return { price: bareDecimalOf(level['price'], name), size: bareDecimalOf(level['qty'], name) };
};

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.KRAKEN_FUTURES,
  venue: VENUE,
  rawSymbol,
});

/** PI_ and PF_ are perpetuals, FI_ and FF_ end on the date behind the second underscore. */
function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const pair = rawSymbol.split('_')[1] ?? '';
  const instrumentClass = /^P[IFV]_/.test(rawSymbol)
    ? InstrumentClass.PERPETUAL
    : InstrumentClass.FUTURE;
  const instrument = `${rawSymbol}.${VENUE}`;
  if (!pair.endsWith('USD')) return { instrument, instrumentClass };
  return { instrument, instrumentClass, base: assetCode(pair.slice(0, -3), ASSETS), quote: 'USD' };
}

function listingOf(item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(textOf(listed, 'symbol').toUpperCase());
  const known = describe(symbol);
  return {
    symbol,
    definition: {
      ...known,
      ...(typeof listed['base'] === 'string' ? { base: assetCode(listed['base'], ASSETS) } : {}),
      ...(typeof listed['quote'] === 'string' ? { quote: assetCode(listed['quote'], ASSETS) } : {}),
      minPriceIncrement: stepOf(listed['tickSize']),
      lotSize: stepOf(listed['contractSize']),
      expiration: listedEnd(listed),
    },
  };
}

function listedEnd(listed: Message): bigint {
  if (listed['lastTradingTime'] === undefined) return 0n;
  try {
    return isoNanosOf(listed, 'lastTradingTime');
  } catch (error) {
    if (error instanceof MessageFault) return 0n;
    throw error;
  }
}

export const KRAKEN_FUTURES: Venue = {
  name: 'kraken-futures',
  feed: symbolOf(''),
  decimals: 'bare',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  describe,
  open: (session) => new KrakenFuturesReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!url.endsWith('/instruments')) throw unknownAnswer(url);
    const listings = listOf(asMessage(answer), 'instruments').map(listingOf);
    return session.instruments.list(Publisher.KRAKEN_FUTURES, listings, tsRecv);
  },
};
