import type { BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { changesOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import {
  asMessage,
  decimalOf,
  idOf,
  levelsOf,
  listOf,
  type Message,
  quotedIdOf,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { millisOf, receiveTime, sendTime, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'KUCOIN';

/**
 * KuCoin spot: match, ticker and level2. A change at price 0 moves the number of the book on and
 * changes nothing.
 *
 * Sequences: level2 covers the range sequenceStart..sequenceEnd of the symbol's order events;
 * matches and tickers have one of its numbers each, with holes by design.
 * https://www.kucoin.com/docs-new/websocket-api/base-info/introduction
 */
class KucoinReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    switch (message['type']) {
      case 'message':
        break;
      case 'welcome':
      case 'ack':
      case 'pong':
        return [];
      case 'error':
        throw refused(message['data'], message['code']);
      default:
        throw unknownKind(message, 'message, welcome or ack');
    }
    const data = asMessage(message['data']);
    switch (message['subject']) {
      case 'trade.l3match':
        return this.#match(data, tsRecv);
      case 'trade.ticker':
        return this.#ticker(textOf(message, 'topic'), data, tsRecv);
      case 'trade.l2update':
        return this.#update(data, tsRecv);
      case 'trade.candles.add':
      case 'trade.candles.update':
        this.#session.problems.ignore('candles');
        return [];
      default:
        throw unknownKind({ topic: message['subject'] }, 'l3match, ticker or l2update');
    }
  }

  #match(data: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#named(textOf(data, 'symbol'));
    const sequence = quotedIdOf(data, 'sequence');
    const rest = tradeRest(instrument, { sequenceKind: SequenceKind.SPARSE, sequence }, () => ({
      price: decimalOf(data['price'], 'price'),
      size: decimalOf(data['size'], 'size'),
      aggressorSide: takerSide(data['side'], 'side', 'buy', 'sell'),
      tradeId: textOf(data, 'tradeId'),
    }));
    // In quotes, in nanoseconds already.
    return instrument.events(venueTime(BigInt(quotedIdOf(data, 'time')), tsRecv), rest);
  }

  #ticker(topic: string, data: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#named(topic.slice(topic.indexOf(':') + 1));
    const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: quotedIdOf(data, 'sequence') };
    const best = (name: string): BookLevelBody => {
      // A side without orders is null.
      if (data[name] === null) return quoteSide(0, 0);
      return quoteSide(decimalOf(data[name], name), decimalOf(data[`${name}Size`], `${name}Size`));
    };
    const times = sendTime(millisOf(data, 'time'), tsRecv);
    return quoteEvents(instrument, times, numbers, () => ({
      bid: best('bestBid'),
      ask: best('bestAsk'),
    }));
  }

  #update(data: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#named(textOf(data, 'symbol'));
    const times =
      data['time'] === undefined ? receiveTime(tsRecv) : sendTime(millisOf(data, 'time'), tsRecv);
    const numbers = {
      sequenceKind: SequenceKind.RANGE,
      sequence: idOf(data, 'sequenceStart'),
      sequenceEnd: idOf(data, 'sequenceEnd'),
    };
    return deltaEvents(instrument, times, numbers, () => {
      const changes = asMessage(data['changes']);
      const side = (name: string): BookLevelBody[] =>
        levelsOf(this.#session, changes, name).filter(({ price }) => price !== 0);
      return { changes: changesOf(side('bids'), side('asks')) };
    });
  }

  #named(rawSymbol: string): Instrument {
    return this.#session.instruments.find(Publisher.KUCOIN, VENUE, rawSymbol);
  }
}

function listingOf(item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(textOf(listed, 'symbol'));
  return {
    symbol,
    definition: {
      ...describe(symbol),
      base: assetCode(textOf(listed, 'baseCurrency')),
      quote: assetCode(textOf(listed, 'quoteCurrency')),
      minPriceIncrement: stepOf(listed['priceIncrement']),
      lotSize: stepOf(listed['baseIncrement']),
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.KUCOIN,
  venue: VENUE,
  rawSymbol,
});

function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const [base = '', quote = ''] = rawSymbol.split('-');
  const instrument = `${rawSymbol}.${VENUE}`;
  return { instrument, instrumentClass: InstrumentClass.SPOT, base, quote };
}

export const KUCOIN: Venue = {
  name: 'kucoin',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  describe,
  open: (session) => new KucoinReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    const { data } = asMessage(answer);
    if (/\/api\/v[12]\/symbols$/.test(url)) {
      const listings = listOf(asMessage(answer), 'data').map(listingOf);
      return session.instruments.list(Publisher.KUCOIN, listings, tsRecv);
    }
    const rawSymbol = /\/orderbook\/level2(?:_\d+)?\?symbol=([^&]+)/.exec(url)?.[1];
    if (rawSymbol === undefined) throw unknownAnswer(url);
    const book = asMessage(data);
    const instrument = session.instruments.find(Publisher.KUCOIN, VENUE, rawSymbol);
    const times = sendTime(millisOf(book, 'time'), tsRecv);
    return [
      ...snapshotEvents(instrument, times, quotedIdOf(book, 'sequence'), () => ({
        bids: levelsOf(session, book, 'bids'),
        asks: levelsOf(session, book, 'asks'),
      })),
    ];
  },
};
