import type { BookChangeBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { changeOf, deltaEvents, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  listOf,
  type Message,
  pairLevel,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { millisOf, receiveTime, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { isNewTrade, takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'GEMINI';

/**
 * Gemini, market data version 2: l2, which brings books and trades. The first l2_updates of a
 * symbol on a connection is its whole book. Books have neither number nor time, and there is no
 * best quote but that of the book.
 *
 * Sequences: event ids of trades rise over all symbols.
 * https://docs.gemini.com/websocket/market-data/v2
 */
class GeminiReader implements MessageReader {
  readonly #session: VenueSession;
  /** Symbols whose book has come on this connection. */
  readonly #begun = new Set<string>();

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    switch (message['type']) {
      case 'l2_updates':
        return this.#book(message, tsRecv);
      case 'trade':
        return this.#trade(message, tsRecv);
      case 'heartbeat':
      case 'subscription_ack':
        return [];
      case 'auction_indicative':
      case 'auction_result':
      case 'auction_open':
        this.#session.problems.ignore('auction');
        return [];
      default:
        if (message['result'] === 'error') throw refused(message['reason'], message['message']);
        throw unknownKind(message, 'l2_updates, trade or heartbeat');
    }
  }

  #book(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    const changes = (): BookChangeBody[] => listOf(message, 'changes').map(changeOfItem);
    const times = receiveTime(tsRecv);
    if (this.#begun.has(instrument.symbol.rawSymbol)) {
      return deltaEvents(instrument, times, {}, () => ({ changes: changes() }));
    }
    const book = snapshotEvents(instrument, times, 0, () => {
      const levels = changes();
      return {
        bids: levels.filter(({ side }) => side === Side.BID),
        asks: levels.filter(({ side }) => side === Side.ASK),
      };
    });
    this.#begun.add(instrument.symbol.rawSymbol);
    return [...book, ...this.#missed(instrument, message, tsRecv)];
  }

  /** With the book come trades from before: after a reconnect, those that were missed. */
  #missed(instrument: Instrument, message: Message, tsRecv: bigint): readonly FeedEvent[] {
    if (message['trades'] === undefined) return [];
    const { lastTradeId } = instrument;
    const missed = listOf(message, 'trades')
      .map(asMessage)
      .filter((trade) => lastTradeId !== 0 && idOf(trade, 'event_id') > lastTradeId)
      .sort((a, b) => Number(idOf(a, 'event_id')) - Number(idOf(b, 'event_id')));
    if (missed.length === 0) this.#session.problems.ignore('history');
    return missed.flatMap((trade) => this.#trade(trade, tsRecv));
  }

  #trade(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message);
    const id = idOf(message, 'event_id');
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: id };
    const rest = tradeRest(instrument, numbers, () => ({
      price: decimalOf(message['price'], 'price'),
      size: decimalOf(message['quantity'], 'quantity'),
      aggressorSide: takerSide(message['side'], 'side', 'buy', 'sell'),
      tradeId: String(id),
    }));
    isNewTrade(instrument, id);
    return instrument.events(venueTime(millisOf(message, 'timestamp'), tsRecv), rest);
  }

  #instrument(message: Message): Instrument {
    return this.#session.instruments.find(Publisher.GEMINI, VENUE, textOf(message, 'symbol'));
  }
}

/** `[side, price, size]`. */
function changeOfItem(item: unknown): BookChangeBody {
  if (!Array.isArray(item)) throw badField('changes', item, '[side, price, size]');
  const [side, ...level] = item as readonly unknown[];
  if (side !== 'buy' && side !== 'sell') throw badField('changes', side, 'buy or sell');
  return changeOf(pairLevel(level, 'changes'), side === 'buy' ? Side.BID : Side.ASK);
}

function listingOf(details: Message): Listing {
  const symbol = symbolOf(textOf(details, 'symbol').toUpperCase());
  return {
    symbol,
    definition: {
      ...describe(symbol),
      base: assetCode(textOf(details, 'base_currency')),
      quote: assetCode(textOf(details, 'quote_currency')),
      minPriceIncrement: stepOf(details['quote_increment']),
      lotSize: stepOf(details['tick_size']),
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.GEMINI,
  venue: VENUE,
  rawSymbol,
});

/** A symbol does not show where its base ends. */
const describe = ({ rawSymbol }: FeedSymbol): Listing['definition'] => ({
  instrument: `${rawSymbol}.${VENUE}`,
  instrumentClass: rawSymbol.endsWith('PERP') ? InstrumentClass.PERPETUAL : InstrumentClass.SPOT,
});

export const GEMINI: Venue = {
  name: 'gemini',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: true,
  describe,
  open: (session) => new GeminiReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    // Names without anything about them; the details of each come apart.
    if (url.endsWith('/v1/symbols')) return [];
    if (!/\/v1\/symbols\/details\/\w+$/.test(url)) throw unknownAnswer(url);
    return session.instruments.list(Publisher.GEMINI, [listingOf(asMessage(answer))], tsRecv);
  },
};
