import type { BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { changesOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import {
  asMessage,
  decimalOf,
  idOf,
  isMessage,
  levelsOf,
  listOf,
  type Message,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { isoNanosOf, millisOf, type Times, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { MessageFault, refused } from './rejection.ts';
import { isNewTrade, takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'HITBTC';

/** Names of a trade's fields in one version of the API. */
const TRADE_FIELDS = {
  v2: { id: 'id', price: 'price', size: 'quantity', side: 'side', time: 'timestamp' },
  v3: { id: 'i', price: 'p', size: 'q', side: 's', time: 't' },
} as const;

type Version = keyof typeof TRADE_FIELDS;

/**
 * HitBTC, versions 2 and 3 of its websocket: trades, ticker and order book.
 *
 * Sequences: the book's is dense per symbol, also over several connections. Trade ids rise over all
 * symbols, so they tell the order only. A ticker of version 2 has prices without sizes.
 * https://api.hitbtc.com/
 */
class HitbtcReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    if (message['error'] !== undefined) throw refused(message['error']);
    if (typeof message['ch'] === 'string') return this.#channel(message['ch'], message, tsRecv);
    if (message['result'] !== undefined) return [];
    const params = message['params'] === undefined ? {} : asMessage(message['params']);
    switch (message['method']) {
      case 'updateOrderbook':
        return this.#update(params, tsRecv);
      case 'snapshotOrderbook':
        return this.#snapshot(params, tsRecv);
      case 'ticker':
        return this.#ticker(params, tsRecv);
      case 'updateTrades':
        return this.#trades(this.#instrument(params), listOf(params, 'data'), 'v2', tsRecv);
      case 'snapshotTrades':
        return this.#missed(this.#instrument(params), listOf(params, 'data'), 'v2', tsRecv);
      case 'snapshotCandles':
      case 'updateCandles':
        this.#session.problems.ignore('candles');
        return [];
      default:
        throw unknownKind(message, 'ticker, trades or order book');
    }
  }

  /** Version 3 puts several symbols into one message. */
  #channel(channel: string, message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const events: FeedEvent[] = [];
    for (const part of ['snapshot', 'update', 'data'] as const) {
      if (message[part] === undefined) continue;
      for (const [rawSymbol, body] of Object.entries(asMessage(message[part]))) {
        const instrument = this.#named(rawSymbol);
        if (channel.startsWith('orderbook/full')) {
          events.push(...this.#book3(instrument, asMessage(body), part === 'snapshot', tsRecv));
        } else if (channel.startsWith('ticker/') || channel.startsWith('orderbook/top/')) {
          events.push(...quote3(instrument, asMessage(body), tsRecv));
        } else if (channel === 'trades' && Array.isArray(body)) {
          const trades: readonly unknown[] = body;
          const isHistory = part === 'snapshot';
          events.push(
            ...(isHistory
              ? this.#missed(instrument, trades, 'v3', tsRecv)
              : this.#trades(instrument, trades, 'v3', tsRecv)),
          );
        } else {
          throw new MessageFault('unknown_kind', `'${channel}' is no ticker, trades or book`);
        }
      }
    }
    return events;
  }

  #update(params: Message, tsRecv: bigint): readonly FeedEvent[] {
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: idOf(params, 'sequence') };
    return deltaEvents(this.#instrument(params), timesOf(params, tsRecv), numbers, () => ({
      changes: changesOf(this.#levels2(params, 'bid'), this.#levels2(params, 'ask')),
    }));
  }

  #snapshot(params: Message, tsRecv: bigint): readonly FeedEvent[] {
    const asOf = idOf(params, 'sequence');
    return snapshotEvents(this.#instrument(params), timesOf(params, tsRecv), asOf, () => ({
      bids: this.#levels2(params, 'bid'),
      asks: this.#levels2(params, 'ask'),
    }));
  }

  #levels2(params: Message, name: string): BookLevelBody[] {
    return levelsOf(this.#session, params, name, (item) => {
      const level = asMessage(item);
      return { price: decimalOf(level['price'], name), size: decimalOf(level['size'], name) };
    });
  }

  #book3(
    instrument: Instrument,
    body: Message,
    isSnapshot: boolean,
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    const times = venueTime(millisOf(body, 't'), tsRecv);
    const sequence = idOf(body, 's');
    const bids = (): BookLevelBody[] => levelsOf(this.#session, body, 'b');
    const asks = (): BookLevelBody[] => levelsOf(this.#session, body, 'a');
    if (isSnapshot) {
      return snapshotEvents(instrument, times, sequence, () => ({ bids: bids(), asks: asks() }));
    }
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence };
    return deltaEvents(instrument, times, numbers, () => ({ changes: changesOf(bids(), asks()) }));
  }

  #ticker(params: Message, tsRecv: bigint): readonly FeedEvent[] {
    // A side without orders is null.
    const best = (name: string): BookLevelBody =>
      quoteSide(params[name] === null ? 0 : decimalOf(params[name], name), 0);
    return quoteEvents(this.#instrument(params), timesOf(params, tsRecv), {}, () => ({
      bid: best('bid'),
      ask: best('ask'),
    }));
  }

  #trades(
    instrument: Instrument,
    items: readonly unknown[],
    version: Version,
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    const names = TRADE_FIELDS[version];
    return instrument.eventsOf(
      items.map((item) => {
        const trade = asMessage(item);
        const id = idOf(trade, names.id);
        isNewTrade(instrument, id);
        const at = version === 'v2' ? isoNanosOf(trade, names.time) : millisOf(trade, names.time);
        const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: id };
        const rest = tradeRest(instrument, numbers, () => ({
          price: decimalOf(trade[names.price], names.price),
          size: decimalOf(trade[names.size], names.size),
          aggressorSide: takerSide(trade[names.side], names.side, 'buy', 'sell'),
          tradeId: String(id),
        }));
        return [venueTime(at, tsRecv), rest] as const;
      }),
    );
  }

  /** Trades from before the subscription: after a reconnect, those that were missed. */
  #missed(
    instrument: Instrument,
    items: readonly unknown[],
    version: Version,
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    const { lastTradeId } = instrument;
    const id = TRADE_FIELDS[version].id;
    const missed = items.filter((item) => {
      return lastTradeId !== 0 && isMessage(item) && idOf(item, id) > lastTradeId;
    });
    if (missed.length < items.length) this.#session.problems.ignore('history');
    return this.#trades(instrument, missed, version, tsRecv);
  }

  #instrument(params: Message): Instrument {
    return this.#named(textOf(params, 'symbol'));
  }

  #named(rawSymbol: string): Instrument {
    return this.#session.instruments.find(Publisher.HITBTC, VENUE, rawSymbol);
  }
}

const timesOf = (params: Message, tsRecv: bigint): Times =>
  venueTime(isoNanosOf(params, 'timestamp'), tsRecv);

function quote3(instrument: Instrument, body: Message, tsRecv: bigint): readonly FeedEvent[] {
  const best = (price: string, size: string): BookLevelBody =>
    body[price] === null
      ? quoteSide(0, 0)
      : quoteSide(decimalOf(body[price], price), decimalOf(body[size], size));
  const times = venueTime(millisOf(body, 't'), tsRecv);
  return quoteEvents(instrument, times, {}, () => ({ bid: best('b', 'B'), ask: best('a', 'A') }));
}

function listingOf(item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(textOf(listed, 'id'));
  return {
    symbol,
    definition: {
      instrument: `${symbol.rawSymbol}.${VENUE}`,
      instrumentClass: InstrumentClass.SPOT,
      base: assetCode(textOf(listed, 'baseCurrency')),
      quote: assetCode(textOf(listed, 'quoteCurrency')),
      minPriceIncrement: stepOf(listed['tickSize']),
      lotSize: stepOf(listed['quantityIncrement']),
    },
  };
}

/** Version 3 lists by symbol, and futures beside pairs. */
function listing3([rawSymbol, item]: [string, unknown]): Listing {
  const listed = asMessage(item);
  const isSpot = listed['type'] === 'spot';
  return {
    symbol: symbolOf(rawSymbol),
    definition: {
      instrument: `${rawSymbol}.${VENUE}`,
      instrumentClass: isSpot ? InstrumentClass.SPOT : InstrumentClass.PERPETUAL,
      base: assetCode(textOf(listed, isSpot ? 'base_currency' : 'underlying')),
      quote: assetCode(textOf(listed, 'quote_currency')),
      minPriceIncrement: stepOf(listed['tick_size']),
      lotSize: stepOf(listed['quantity_increment']),
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.HITBTC,
  venue: VENUE,
  rawSymbol,
});

export const HITBTC: Venue = {
  name: 'hitbtc',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  // A symbol does not show where its base ends.
  describe: ({ rawSymbol }) => ({
    instrument: `${rawSymbol}.${VENUE}`,
    instrumentClass: InstrumentClass.SPOT,
  }),
  open: (session) => new HitbtcReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!url.endsWith('/public/symbol')) throw unknownAnswer(url);
    const listings = Array.isArray(answer)
      ? answer.map(listingOf)
      : Object.entries(asMessage(answer)).map(listing3);
    return session.instruments.list(Publisher.HITBTC, listings, tsRecv);
  },
};
