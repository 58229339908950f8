import type { FeedEvent, TradeBody } from '@feedmill/core/event';
import { AggressorSide, SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import {
  BINANCE_PUBLISHERS,
  type BinanceMarket,
  binanceListings,
  describeBinance,
  isCoinMargined,
} from './binance-instrument.ts';
import { changesOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument } from './instruments.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  levelsOf,
  type Message,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { millisOf, receiveTime, sendDelta, type Times } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { MessageFault } from './rejection.ts';
import { tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

/**
 * Streams of Binance spot, USD-M and COIN-M: depth, bookTicker, trade or aggTrade, and the REST
 * depth snapshot. Sizes of COIN-M are contracts. Spot bookTicker has no time of its own, so its
 * receive time stands in; everything else has the matching engine's T, or the send time E.
 *
 * Sequences: trade ids are dense per symbol, and an aggTrade covers those from f to l; spot depth
 * is the range U..u; futures depth is linked by pu; the update id of bookTicker has holes.
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
class BinanceReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const outer = asMessage(parsed);
    const message = outer['data'] === undefined ? outer : asMessage(outer['data']);
    switch (message['e']) {
      case 'trade':
        return this.#trade(message, tsRecv);
      case 'bookTicker':
        return this.#quote(message, tsRecv);
      case 'depthUpdate':
        return this.#depth(message, tsRecv);
      case 'aggTrade':
        return this.#aggregate(message, tsRecv);
      case 'kline':
        this.#session.problems.ignore('kline');
        return [];
      case undefined:
        if (message['lastUpdateId'] !== undefined) return this.#snapshot(message, tsRecv);
        // Only spot sends its bookTicker without a type.
        if (message['B'] !== undefined) return this.#quote(message, tsRecv);
        // The answer to a subscription.
        if (message['result'] === null && message['id'] !== undefined) return [];
        break;
      default:
    }
    throw unknownKind(message, 'trade, aggTrade, bookTicker, depthUpdate or depth snapshot');
  }

  #trade(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    // Spot alone sends the deprecated field M.
    const instrument = this.#instrument(message, message['M'] !== undefined);
    const id = idOf(message, 't');
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: id };
    return instrument.events(
      timesOf(message, tsRecv),
      tradeRest(instrument, numbers, () => tradeOf(message, String(id))),
    );
  }

  /** Trades of one taker at one price. It covers the ids from f to l, so no gap is seen in them. */
  #aggregate(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message, message['M'] !== undefined);
    const first = idOf(message, 'f');
    const last = idOf(message, 'l');
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: first, sequenceEnd: last };
    const id = first === last ? String(first) : `${first}-${last}`;
    return instrument.events(
      timesOf(message, tsRecv),
      tradeRest(instrument, numbers, () => tradeOf(message, id)),
    );
  }

  #quote(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message, message['e'] === undefined);
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: idOf(message, 'u') };
    return quoteEvents(instrument, timesOf(message, tsRecv), numbers, () => ({
      bid: quoteSide(decimalOf(message['b'], 'b'), decimalOf(message['B'], 'B')),
      ask: quoteSide(decimalOf(message['a'], 'a'), decimalOf(message['A'], 'A')),
    }));
  }

  #depth(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const isSpot = message['pu'] === undefined;
    const instrument = this.#instrument(message, isSpot);
    const sequence = idOf(message, 'U');
    const sequenceEnd = idOf(message, 'u');
    const numbers = isSpot
      ? { sequenceKind: SequenceKind.RANGE, sequence, sequenceEnd }
      : {
          sequenceKind: SequenceKind.LINKED,
          sequence,
          sequenceEnd,
          prevSequence: idOf(message, 'pu'),
        };
    return deltaEvents(instrument, timesOf(message, tsRecv), numbers, () => ({
      changes: changesOf(
        levelsOf(this.#session, message, 'b'),
        levelsOf(this.#session, message, 'a'),
      ),
    }));
  }

  /** Spot and USD-M do not say of which symbol it is: then the session must hold just one. */
  #snapshot(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    if (message['symbol'] !== undefined) {
      return snapshotOf(this.#session, this.#named(message, 'symbol', 'coin-m'), message, tsRecv);
    }
    const market: BinanceMarket = message['E'] === undefined ? 'spot' : 'usd-m';
    const [instrument, second] = this.#session.instruments.of(BINANCE_PUBLISHERS[market]);
    if (instrument === undefined || second !== undefined) {
      throw new MessageFault(
        'instrument_unknown',
        'a depth snapshot without symbol, in a session of no or several symbols so far',
      );
    }
    return snapshotOf(this.#session, instrument, message, tsRecv);
  }

  #instrument(message: Message, isSpot: boolean): Instrument {
    if (isSpot) return this.#named(message, 's', 'spot');
    const rawSymbol = message['s'];
    const isCoin = typeof rawSymbol === 'string' && isCoinMargined(rawSymbol);
    return this.#named(message, 's', isCoin ? 'coin-m' : 'usd-m');
  }

  #named(message: Message, field: string, market: BinanceMarket): Instrument {
    const publisherId = BINANCE_PUBLISHERS[market];
    return this.#session.instruments.find(publisherId, 'BINANCE', textOf(message, field));
  }
}

export const BINANCE: Venue = {
  name: 'binance',
  feed: { publisherId: Publisher.BINANCE_SPOT, venue: 'BINANCE', rawSymbol: '' },
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  describe: describeBinance,
  open: (session) => new BinanceReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    const market = marketOf(url);
    const message = asMessage(answer);
    if (/\/exchangeInfo\b/.test(url)) {
      const listings = binanceListings(market, message);
      return session.instruments.list(BINANCE_PUBLISHERS[market], listings, tsRecv);
    }
    const rawSymbol = /[?&]symbol=([^&]+)/.exec(url)?.[1];
    if (!/\/depth\?/.test(url) || rawSymbol === undefined) throw unknownAnswer(url);
    const publisherId = BINANCE_PUBLISHERS[market];
    const instrument = session.instruments.find(publisherId, 'BINANCE', rawSymbol);
    return [...snapshotOf(session, instrument, message, tsRecv)];
  },
};

function marketOf(url: string): BinanceMarket {
  if (url.includes('/fapi/')) return 'usd-m';
  return url.includes('/dapi/') ? 'coin-m' : 'spot';
}

function tradeOf(message: Message, tradeId: string): TradeBody {
  const isBuyerMaker = message['m'];
  if (typeof isBuyerMaker !== 'boolean') throw badField('m', isBuyerMaker, 'true or false');
  return {
    price: decimalOf(message['p'], 'p'),
    size: decimalOf(message['q'], 'q'),
    // m says that the buyer was resting, so the taker sold.
    aggressorSide: isBuyerMaker ? AggressorSide.SELL : AggressorSide.BUY,
    tradeId,
  };
}

function snapshotOf(
  session: VenueSession,
  instrument: Instrument,
  message: Message,
  tsRecv: bigint,
): readonly FeedEvent[] {
  const asOf = idOf(message, 'lastUpdateId');
  return snapshotEvents(instrument, timesOf(message, tsRecv), asOf, () => ({
    bids: levelsOf(session, message, 'bids'),
    asks: levelsOf(session, message, 'asks'),
  }));
}

function timesOf(message: Message, tsRecv: bigint): Times {
  if (message['E'] === undefined) return receiveTime(tsRecv);
  const sent = millisOf(message, 'E');
  const delta = sendDelta(sent, tsRecv);
  const { VENUE, VENUE_SEND } = TsEventSource;
  if (message['T'] === undefined) {
    return { tsEvent: sent, tsEventSource: VENUE_SEND, tsRecv, ...delta };
  }
  return { tsEvent: millisOf(message, 'T'), tsEventSource: VENUE, tsRecv, ...delta };
}
