import { crc32 } from 'node:zlib';
import type { BookChangeBody, BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import type { BookChecksum } from './book-keeper.ts';
import { changeOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOfDecimals } from './listings.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  isMessage,
  levelsOf,
  listOf,
  type Message,
  pairLevel,
  unknownKind,
} from './message-fields.ts';
import { quotedSecondsOf, receiveTime, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { MessageFault, refused } from './rejection.ts';
import { takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'KRAKEN';
const ASSETS = { XBT: 'BTC', XDG: 'DOGE' };

/**
 * Kraken spot, websocket version 1: trade, ticker, spread and book. Nothing is numbered; a book
 * proves itself by the checksum of its ten best levels. Trades have no id. A connection has one,
 * beyond 2^53, which becomes the session of its events.
 * https://docs.kraken.com/api/docs/guides/spot-ws-book-v1
 */
class KrakenReader implements MessageReader {
  readonly #session: VenueSession;
  #sessionId = '';

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    if (!Array.isArray(parsed)) return this.#control(asMessage(parsed));
    const parts: readonly unknown[] = parsed;
    const pair = parts.at(-1);
    const channel = parts.at(-2);
    if (typeof channel !== 'string' || typeof pair !== 'string' || pair === '') {
      throw new MessageFault('unknown_kind', 'a list without channel and pair at its end');
    }
    const payloads = parts.slice(1, -2);
    const instrument = this.#session.instruments.find(Publisher.KRAKEN_SPOT, VENUE, pair);
    if (channel === 'trade') return this.#trades(instrument, payloads[0], tsRecv);
    if (channel === 'ticker') return this.#ticker(instrument, payloads[0], tsRecv);
    if (channel === 'spread') return this.#spread(instrument, payloads[0], tsRecv);
    const depth = /^book-(\d{1,4})$/.exec(channel)?.[1];
    if (depth !== undefined) {
      instrument.bookDepth = Number(depth);
      return this.#book(instrument, payloads.map(asMessage), tsRecv);
    }
    if (channel.startsWith('ohlc-')) {
      this.#session.problems.ignore('ohlc');
      return [];
    }
    throw new MessageFault('unknown_kind', `'${channel}' is no trade, ticker, spread or book`);
  }

  #control(message: Message): readonly FeedEvent[] {
    switch (message['event']) {
      case 'systemStatus':
        this.#sessionId = String(idOf(message, 'connectionID'));
        return [];
      case 'subscriptionStatus':
        if (message['status'] !== 'error') return [];
        break;
      case 'heartbeat':
      case 'pong':
        return [];
      case 'error':
        break;
      default:
        throw unknownKind(message, 'systemStatus, subscriptionStatus or heartbeat');
    }
    throw refused(message['errorMessage']);
  }

  #trades(instrument: Instrument, payload: unknown, tsRecv: bigint): readonly FeedEvent[] {
    return instrument.eventsOf(
      asList(payload, 'trades').map((item: unknown) => {
        const [price, size, time, side] = asList(item, 'trade');
        const rest = tradeRest(instrument, { sessionId: this.#sessionId }, () => ({
          price: decimalOf(price, 'price'),
          size: decimalOf(size, 'volume'),
          aggressorSide: takerSide(side, 'side', 'b', 's'),
          tradeId: '',
        }));
        return [venueTime(quotedSecondsOf(time, 'time'), tsRecv), rest] as const;
      }),
    );
  }

  /** Its sizes are those of the best levels; it has no time. */
  #ticker(instrument: Instrument, payload: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(payload);
    const best = (name: string): BookLevelBody => {
      const [price, , size] = listOf(message, name);
      return quoteSide(decimalOf(price, name), decimalOf(size, name));
    };
    const numbers = { sessionId: this.#sessionId };
    return quoteEvents(instrument, receiveTime(tsRecv), numbers, () => ({
      bid: best('b'),
      ask: best('a'),
    }));
  }

  #spread(instrument: Instrument, payload: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const [bid, ask, time, bidSize, askSize] = asList(payload, 'spread');
    const times = venueTime(quotedSecondsOf(time, 'time'), tsRecv);
    return quoteEvents(instrument, times, { sessionId: this.#sessionId }, () => ({
      bid: quoteSide(decimalOf(bid, 'bid'), decimalOf(bidSize, 'bidVolume')),
      ask: quoteSide(decimalOf(ask, 'ask'), decimalOf(askSize, 'askVolume')),
    }));
  }

  /** Changes of both sides come as two objects, of which the last has the checksum. */
  #book(
    instrument: Instrument,
    payloads: readonly Message[],
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    const [first = {}] = payloads;
    if (first['as'] !== undefined || first['bs'] !== undefined) {
      return snapshotEvents(instrument, receiveTime(tsRecv), 0, () => ({
        bids: this.#levels(instrument, first, 'bs').levels,
        asks: this.#levels(instrument, first, 'as').levels,
      }));
    }
    const changes: BookChangeBody[] = [];
    let newest = 0n;
    let checksum: bigint | undefined;
    for (const payload of payloads) {
      for (const [name, side] of SIDES) {
        const { levels, newest: at } = this.#levels(instrument, payload, name);
        for (const level of levels) changes.push(changeOf(level, side));
        if (at > newest) newest = at;
      }
      checksum = checksumOf(payload) ?? checksum;
    }
    if (newest === 0n) throw badField('a', first, 'changes of asks or bids');
    const numbers = { sessionId: this.#sessionId };
    return deltaEvents(instrument, venueTime(newest, tsRecv), numbers, () =>
      checksum === undefined ? { changes } : { changes, checksum },
    );
  }

  /** Levels of `[price, volume, time]`, with the newest of their times. */
  #levels(instrument: Instrument, payload: Message, name: string): TimedLevels {
    let newest = 0n;
    if (payload[name] === undefined) return { levels: [], newest };
    const levels = levelsOf(this.#session, payload, name, (item) => {
      const [price, , time] = asList(item, name);
      const at = quotedSecondsOf(time, name);
      if (at > newest) newest = at;
      instrument.priceDecimals = decimalsOf(price);
      return pairLevel(item, name);
    });
    return { levels, newest };
  }
}

interface TimedLevels {
  readonly levels: BookLevelBody[];
  readonly newest: bigint;
}

const SIDES = [
  ['b', Side.BID],
  ['a', Side.ASK],
] as const;

function asList(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badField(name, value, 'a list');
}

function decimalsOf(price: unknown): number {
  const point = typeof price === 'string' ? price.indexOf('.') : -1;
  return point < 0 ? 0 : (price as string).length - point - 1;
}

function checksumOf(payload: Message): bigint | undefined {
  const text = payload['c'];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,10}$/.test(text)) return BigInt(text);
  throw badField('c', text, 'a checksum in quotes');
}

const SIZE_STEP = 10n;

/**
 * CRC-32 over the ten best asks, then bids: price and volume without point and leading zeros. The
 * venue writes all prices of a pair with the same decimals, and volumes with eight.
 */
const CHECKSUM: BookChecksum = {
  depth: 10,
  of: (bids, asks, { priceDecimals }) => {
    const priceStep = 10n ** BigInt(9 - Math.min(priceDecimals, 9));
    let text = '';
    for (const { price, size } of [...asks, ...bids]) {
      text += `${BigInt(price) / priceStep}${BigInt(size) / SIZE_STEP}`;
    }
    return BigInt(crc32(text));
  },
};

function listingsOf(answer: Message): Listing[] {
  const pairs = asMessage(answer['result']);
  const listings: Listing[] = [];
  for (const item of Object.values(pairs)) {
    // Dark pools have no name on the websocket.
    if (!isMessage(item) || typeof item['wsname'] !== 'string') continue;
    const definition = {
      ...describe(symbolOf(item['wsname'])),
      minPriceIncrement: stepOfDecimals(item['pair_decimals']),
      lotSize: stepOfDecimals(item['lot_decimals']),
    };
    listings.push({ symbol: symbolOf(item['wsname']), definition });
  }
  return listings;
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.KRAKEN_SPOT,
  venue: VENUE,
  rawSymbol,
});

function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const [base = '', quote = ''] = rawSymbol.split('/');
  return {
    instrument: `${rawSymbol}.${VENUE}`,
    instrumentClass: InstrumentClass.SPOT,
    base: assetCode(base, ASSETS),
    quote: assetCode(quote, ASSETS),
  };
}

export const KRAKEN: Venue = {
  name: 'kraken',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  checksum: CHECKSUM,
  describe,
  open: (session) => new KrakenReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!/\/AssetPairs\b/.test(url)) throw unknownAnswer(url);
    const listings = listingsOf(asMessage(answer));
    return session.instruments.list(Publisher.KRAKEN_SPOT, listings, tsRecv);
  },
};
