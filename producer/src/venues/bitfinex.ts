import type { BookChangeBody, FeedEvent, FeedSymbol, Int64 } from '@feedmill/core/event';
import {
  AggressorSide,
  InstrumentClass,
  SequenceKind,
  Side,
} from '@feedmill/proto/feedmill/v1/event_pb';
import {
  changeOf,
  deltaEvents,
  type Numbers,
  quoteEvents,
  quoteSide,
  snapshotEvents,
} from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode } from './listings.ts';
import {
  asMessage,
  badField,
  bareDecimalOf,
  idOf,
  type Message,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { millisOf, receiveTime, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { MessageFault, refused } from './rejection.ts';
import { isNewTrade, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'BITFINEX';
/** Codes that Bitfinex has for what others call otherwise. */
const ASSETS = { UST: 'USDT', UDC: 'USDC', XCH: 'XCH', DSH: 'DASH', IOT: 'IOTA', QTM: 'QTUM' };
/** The flag by which a connection was asked to number all its messages (SEQ_ALL). */
const SEQ_ALL = 65_536;

/** What a channel's number stands for. */
interface ChannelOf {
  readonly kind: string;
  readonly instrument: Instrument;
}

/**
 * Bitfinex, websocket version 2: trades, ticker and books of price levels (P0 to P4). A ticker has
 * the best prices, but sums of 25 levels for sizes, so its sizes are not known. Books have no time.
 *
 * Sequences: with SEQ_ALL every message of a connection ends in the next number, heartbeats too.
 * Trade ids rise. A trade comes as `te` and again, some time later, as `tu`.
 * https://docs.bitfinex.com/docs/ws-general
 */
class BitfinexReader implements MessageReader {
  readonly #session: VenueSession;
  readonly #channels = new Map<number, ChannelOf>();
  #isNumbered = false;
  number: Int64 | undefined;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    this.number = undefined;
    if (!Array.isArray(parsed)) return this.#event(asMessage(parsed));
    const parts: readonly unknown[] = parsed;
    if (this.#isNumbered) this.number = idOf({ sequence: parts.at(-1) }, 'sequence');
    const [id, payload, item] = parts;
    // Heartbeats of a channel may come before the answer that names it.
    if (payload === 'hb') return [];
    const channel = typeof id === 'number' ? this.#channels.get(id) : undefined;
    if (channel === undefined) {
      throw new MessageFault('instrument_unknown', `channel ${String(id)} was not subscribed`);
    }
    const { instrument } = channel;
    switch (channel.kind) {
      case 'trades':
        return this.#trades(instrument, payload, item, tsRecv);
      case 'ticker':
        return this.#ticker(instrument, asList(payload), tsRecv);
      case 'book':
        // The checksum of a book; the numbers of the messages prove it as well.
        return payload === 'cs' ? [] : this.#book(instrument, asList(payload), tsRecv);
      default:
        this.#session.problems.ignore(channel.kind);
        return [];
    }
  }

  #event(message: Message): readonly FeedEvent[] {
    switch (message['event']) {
      case 'subscribed': {
        const rawSymbol = message['symbol'] ?? message['key'];
        const instrument = this.#session.instruments.find(
          Publisher.BITFINEX,
          VENUE,
          textOf({ symbol: rawSymbol }, 'symbol'),
        );
        const kind = textOf(message, 'channel');
        this.#channels.set(Number(idOf(message, 'chanId')), { kind, instrument });
        return [];
      }
      case 'unsubscribed':
        this.#channels.delete(Number(idOf(message, 'chanId')));
        return [];
      case 'conf':
        this.#isNumbered = (Number(message['flags']) & SEQ_ALL) !== 0;
        return [];
      case 'info':
      case 'pong':
        return [];
      case 'error':
        throw refused(message['msg'], message['code']);
      default:
        throw unknownKind(message, 'subscribed, conf, info or a list');
    }
  }

  #trades(
    instrument: Instrument,
    payload: unknown,
    item: unknown,
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    if (payload === 'te' || payload === 'tu') {
      const [id] = asList(item);
      if (isNewTrade(instrument, idOf({ id }, 'id'))) return this.#trade(instrument, item, tsRecv);
      this.#session.problems.ignore('copy');
      return [];
    }
    // The newest trades before the subscription, the newest first.
    const known = instrument.lastTradeId;
    const missed = asList(payload)
      .filter((each) => known !== 0 && idOf({ id: asList(each)[0] }, 'id') > known)
      .reverse();
    if (missed.length === 0) this.#session.problems.ignore('history');
    return missed.flatMap((each) => {
      isNewTrade(instrument, idOf({ id: asList(each)[0] }, 'id'));
      return this.#trade(instrument, each, tsRecv);
    });
  }

  #trade(instrument: Instrument, item: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const [id, mts, amount, price] = asList(item);
    const tradeId = idOf({ id }, 'id');
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: tradeId };
    const rest = tradeRest(instrument, numbers, () => {
      const signed = bareDecimalOf(amount, 'amount');
      return {
        price: bareDecimalOf(price, 'price'),
        size: signed < 0 ? -signed : signed,
        aggressorSide: signed < 0 ? AggressorSide.SELL : AggressorSide.BUY,
        tradeId: String(tradeId),
      };
    });
    return instrument.events(venueTime(millisOf({ mts }, 'mts'), tsRecv), rest);
  }

  #ticker(
    instrument: Instrument,
    [bid, , ask]: readonly unknown[],
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    const best = (price: unknown, name: string) =>
      quoteSide(price === null ? 0 : bareDecimalOf(price, name), 0);
    return quoteEvents(instrument, receiveTime(tsRecv), this.#numbers(), () => ({
      bid: best(bid, 'bid'),
      ask: best(ask, 'ask'),
    }));
  }

  #book(instrument: Instrument, payload: readonly unknown[], tsRecv: bigint): readonly FeedEvent[] {
    const times = receiveTime(tsRecv);
    const isSnapshot = payload.length === 0 || Array.isArray(payload[0]);
    if (!isSnapshot) {
      return deltaEvents(instrument, times, this.#numbers(), () => ({
        changes: [levelChange(payload)],
      }));
    }
    return snapshotEvents(instrument, times, this.number ?? 0, () => {
      const changes = payload.map((each) => levelChange(asList(each)));
      return {
        bids: changes.filter(({ side }) => side === Side.BID),
        asks: changes.filter(({ side }) => side === Side.ASK),
      };
    });
  }

  #numbers(): Numbers {
    const { number } = this;
    return number === undefined ? {} : { sequenceKind: SequenceKind.SPARSE, sequence: number };
  }
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badField('1', value, 'a list');
}

/** `[price, count, amount]`: bids are positive; a count of 0 removes the level. */
function levelChange([price, count, amount]: readonly unknown[]): BookChangeBody {
  const signed = bareDecimalOf(amount, 'amount');
  const size = count === 0 ? 0 : signed;
  if (typeof count !== 'number') throw badField('count', count, 'a number of orders');
  const level = { price: bareDecimalOf(price, 'price'), size: size < 0 ? -size : size };
  return changeOf(level, signed < 0 ? Side.ASK : Side.BID);
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.BITFINEX,
  venue: VENUE,
  rawSymbol,
});

/** Pairs have a colon between their assets, or three letters for each. */
function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const pair = rawSymbol.replace(/^[tf]/, '');
  const seam = pair.indexOf(':');
  const isFuture = pair.endsWith('F0');
  const base = seam < 0 ? pair.slice(0, 3) : pair.slice(0, seam);
  const quote = seam < 0 ? pair.slice(3) : pair.slice(seam + 1);
  const asset = (code: string): string =>
    assetCode(isFuture ? code.replace(/F0$/, '') : code, ASSETS);
  return {
    instrument: `${pair}.${VENUE}`,
    instrumentClass: isFuture ? InstrumentClass.PERPETUAL : InstrumentClass.SPOT,
    base: asset(base),
    quote: asset(quote),
  };
}

export const BITFINEX: Venue = {
  name: 'bitfinex',
  feed: symbolOf(''),
  decimals: 'bare',
  redundancy: 'single-line',
  quotesFromBook: false,
  describe,
  open: (session) => new BitfinexReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    // Names of assets, which say nothing about pairs.
    if (url.endsWith('pub:list:currency')) return [];
    if (!/pub:list:pair:(exchange|future)s?$/.test(url) || !Array.isArray(answer)) {
      throw unknownAnswer(url);
    }
    const pairs = asList(answer[0]).map((pair) => textOf({ pair }, 'pair'));
    const listings = pairs.map((pair): Listing => {
      const symbol = symbolOf(`t${pair}`);
      return { symbol, definition: describe(symbol) };
    });
    return session.instruments.list(Publisher.BITFINEX, listings, tsRecv);
  },
};
