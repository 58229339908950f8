import { crc32 } from 'node:zlib';
import type { BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { formatDecimal } from '@feedmill/core/fixed-point';
import { InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import type { BookChecksum } from './book-keeper.ts';
import {
  changesOf,
  deltaEvents,
  type Numbers,
  quoteEvents,
  quoteSide,
  snapshotEvents,
} from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, listedMillis, stepOf } from './listings.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  levelsOf,
  listOf,
  type Message,
  quotedIdOf,
  textOf,
  unknownKind,
} from './message-fields.ts';
import { quotedMillisOf, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'OKX';

/**
 * OKX, version 5: trades, tickers (or bbo-tbt) and books. Sizes of derivatives are contracts.
 *
 * Sequences: a book has the checksum of its 25 best levels and, in newer sessions, `seqId` linked
 * by `prevSeqId`. Trade ids rise, but one print may stand for several.
 * https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel
 */
class OkxReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    if (message['event'] !== undefined) {
      if (message['event'] === 'error') throw refused(message['msg'], message['code']);
      return [];
    }
    if (message['arg'] === undefined) throw unknownKind(message, 'a channel or an answer');
    const arg = asMessage(message['arg']);
    const instrument = this.#named(textOf(arg, 'instId'));
    const items = listOf(message, 'data').map(asMessage);
    switch (arg['channel']) {
      case 'trades':
      case 'trades-all':
        return items.flatMap((item) => trade(instrument, item, tsRecv));
      case 'tickers':
        return items.flatMap((item) => ticker(instrument, item, tsRecv));
      case 'bbo-tbt':
        return items.flatMap((item) => this.#best(instrument, item, tsRecv));
      case 'books':
      case 'books-l2-tbt':
      case 'books50-l2-tbt':
        return items.flatMap((item) => this.#book(instrument, message['action'], item, tsRecv));
      case 'books5':
        return items.flatMap((item) => this.#book(instrument, 'snapshot', item, tsRecv));
      default:
        throw unknownKind(arg, 'trades, tickers, bbo-tbt or books');
    }
  }

  #book(
    instrument: Instrument,
    action: unknown,
    item: Message,
    tsRecv: bigint,
  ): readonly FeedEvent[] {
    const times = venueTime(quotedMillisOf(item, 'ts'), tsRecv);
    const bids = (): BookLevelBody[] => levelsOf(this.#session, item, 'bids');
    const asks = (): BookLevelBody[] => levelsOf(this.#session, item, 'asks');
    const number = item['seqId'] === undefined ? 0 : idOf(item, 'seqId');
    if (action === 'snapshot') {
      return snapshotEvents(instrument, times, number, () => ({ bids: bids(), asks: asks() }));
    }
    if (action !== 'update') throw badField('action', action, 'snapshot or update');
    const numbers: Numbers =
      number === 0
        ? {}
        : {
            sequenceKind: SequenceKind.LINKED,
            sequence: number,
            prevSequence: idOf(item, 'prevSeqId'),
          };
    return deltaEvents(instrument, times, numbers, () => {
      const changes = changesOf(bids(), asks());
      const checksum = checksumOf(item);
      return checksum === undefined ? { changes } : { changes, checksum };
    });
  }

  #best(instrument: Instrument, item: Message, tsRecv: bigint): readonly FeedEvent[] {
    const times = venueTime(quotedMillisOf(item, 'ts'), tsRecv);
    const numbers: Numbers =
      item['seqId'] === undefined
        ? {}
        : { sequenceKind: SequenceKind.SPARSE, sequence: idOf(item, 'seqId') };
    return quoteEvents(instrument, times, numbers, () => {
      const [bid = quoteSide(0, 0)] = levelsOf(this.#session, item, 'bids');
      const [ask = quoteSide(0, 0)] = levelsOf(this.#session, item, 'asks');
      return { bid, ask };
    });
  }

  #named(rawSymbol: string): Instrument {
    return this.#session.instruments.find(Publisher.OKX, VENUE, rawSymbol);
  }
}

function trade(instrument: Instrument, item: Message, tsRecv: bigint): readonly FeedEvent[] {
  const id = quotedIdOf(item, 'tradeId');
  const numbers = { sequenceKind: SequenceKind.SPARSE, sequence: id };
  const rest = tradeRest(instrument, numbers, () => ({
    price: decimalOf(item['px'], 'px'),
    size: decimalOf(item['sz'], 'sz'),
    aggressorSide: takerSide(item['side'], 'side', 'buy', 'sell'),
    tradeId: String(id),
  }));
  return instrument.events(venueTime(quotedMillisOf(item, 'ts'), tsRecv), rest);
}

function ticker(instrument: Instrument, item: Message, tsRecv: bigint): readonly FeedEvent[] {
  // A side without orders is an empty text.
  const best = (price: string, size: string): BookLevelBody =>
    item[price] === ''
      ? quoteSide(0, 0)
      : quoteSide(decimalOf(item[price], price), decimalOf(item[size], size));
  const times = venueTime(quotedMillisOf(item, 'ts'), tsRecv);
  return quoteEvents(instrument, times, {}, () => ({
    bid: best('bidPx', 'bidSz'),
    ask: best('askPx', 'askSz'),
  }));
}

function checksumOf(item: Message): bigint | undefined {
  const { checksum } = item;
  if (checksum === undefined) return undefined;
  if (typeof checksum === 'number' && Number.isSafeInteger(checksum)) return BigInt(checksum);
  throw badField('checksum', checksum, 'a whole number');
}

/**
 * CRC-32, signed, over the 25 best bids and asks in turn, as `price:size` in the shortest form. A
 * side that is shorter is left out where it ends.
 */
const CHECKSUM: BookChecksum = {
  depth: 25,
  of: (bids, asks) => {
    const parts: string[] = [];
    for (let place = 0; place < Math.max(bids.length, asks.length); place += 1) {
      for (const level of [bids[place], asks[place]]) {
        if (level === undefined) continue;
        parts.push(formatDecimal(level.price), formatDecimal(level.size));
      }
    }
    return BigInt(crc32(parts.join(':')) | 0);
  },
};

const CLASSES: Readonly<Record<string, InstrumentClass>> = {
  SPOT: InstrumentClass.SPOT,
  SWAP: InstrumentClass.PERPETUAL,
  FUTURES: InstrumentClass.FUTURE,
  OPTION: InstrumentClass.OPTION,
};

function listingOf(item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(textOf(listed, 'instId'));
  const [base = '', quote = ''] = symbol.rawSymbol.split('-');
  return {
    symbol,
    definition: {
      instrument: `${symbol.rawSymbol}.${VENUE}`,
      instrumentClass: CLASSES[textOf(listed, 'instType')] ?? InstrumentClass.UNSPECIFIED,
      base: assetCode(base),
      quote: assetCode(quote),
      minPriceIncrement: stepOf(listed['tickSz']),
      lotSize: stepOf(listed['lotSz']),
      multiplier: listed['ctVal'] === '' ? 0n : stepOf(listed['ctVal']),
      expiration: listedMillis(listed['expTime']),
      strikePrice: listed['stk'] === '' ? 0n : stepOf(listed['stk']),
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.OKX,
  venue: VENUE,
  rawSymbol,
});

/** BTC-USDT, BTC-USDT-SWAP, BTC-USD-220527, BTC-USD-220527-30000-C. */
function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const parts = rawSymbol.split('-');
  const [base = '', quote = '', term = ''] = parts;
  let instrumentClass: InstrumentClass = InstrumentClass.SPOT;
  if (parts.length === 5) instrumentClass = InstrumentClass.OPTION;
  else if (term === 'SWAP') instrumentClass = InstrumentClass.PERPETUAL;
  else if (term !== '') instrumentClass = InstrumentClass.FUTURE;
  return { instrument: `${rawSymbol}.${VENUE}`, instrumentClass, base, quote };
}

export const OKX: Venue = {
  name: 'okx',
  feed: symbolOf(''),
  decimals: 'quoted',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  checksum: CHECKSUM,
  describe,
  open: (session) => new OkxReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!url.includes('/public/instruments?')) throw unknownAnswer(url);
    const listings = listOf(asMessage(answer), 'data').map(listingOf);
    return session.instruments.list(Publisher.OKX, listings, tsRecv);
  },
};
