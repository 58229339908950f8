import type { BookLevelBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { changesOf, deltaEvents, quoteEvents, quoteSide, snapshotEvents } from './book-parts.ts';
import type { Instrument, Listing } from './instruments.ts';
import { assetCode, listedMillis, stepOf } from './listings.ts';
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
import { millisOf, venueTime } from './message-times.ts';
import { Publisher } from './publishers.ts';
import { refused } from './rejection.ts';
import { takerSide, tradeRest } from './trade-parts.ts';
import {
  type MessageReader,
  unknownAnswer,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const VENUE = 'DERIBIT';

/**
 * Deribit, version 2: trades, ticker (or quote) and book. Numbers are bare in its JSON. Sizes of
 * inverse perpetuals and futures are dollars.
 *
 * Sequences: a book is linked by `prev_change_id`; `trade_seq` is dense per instrument.
 * https://docs.deribit.com/#subscriptions
 */
class DeribitReader implements MessageReader {
  readonly #session: VenueSession;

  constructor(session: VenueSession) {
    this.#session = session;
  }

  read(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const message = asMessage(parsed);
    if (message['error'] !== undefined) throw refused(message['error']);
    if (message['result'] !== undefined || message['method'] === 'heartbeat') return [];
    if (message['method'] !== 'subscription') throw unknownKind(message, 'subscription');
    const params = asMessage(message['params']);
    const channel = textOf(params, 'channel');
    switch (channel.slice(0, channel.indexOf('.'))) {
      case 'trades':
        return listOf(params, 'data').flatMap((item) => this.#trade(asMessage(item), tsRecv));
      case 'book':
        return this.#book(asMessage(params['data']), tsRecv);
      case 'ticker':
      case 'quote':
        return this.#quote(asMessage(params['data']), tsRecv);
      default:
        throw unknownKind(params, 'trades, book, ticker or quote');
    }
  }

  #trade(data: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(data);
    const numbers = { sequenceKind: SequenceKind.DENSE, sequence: idOf(data, 'trade_seq') };
    const rest = tradeRest(instrument, numbers, () => ({
      price: bareDecimalOf(data['price'], 'price'),
      size: bareDecimalOf(data['amount'], 'amount'),
      aggressorSide: takerSide(data['direction'], 'direction', 'buy', 'sell'),
      tradeId: textOf(data, 'trade_id'),
    }));
    return instrument.events(venueTime(millisOf(data, 'timestamp'), tsRecv), rest);
  }

  #book(data: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(data);
    const times = venueTime(millisOf(data, 'timestamp'), tsRecv);
    const sequence = idOf(data, 'change_id');
    const bids = (): BookLevelBody[] => levelsOf(this.#session, data, 'bids', levelOf);
    const asks = (): BookLevelBody[] => levelsOf(this.#session, data, 'asks', levelOf);
    // Grouped books are whole in every message and have no type.
    if (data['type'] === 'snapshot' || data['type'] === undefined) {
      return snapshotEvents(instrument, times, sequence, () => ({ bids: bids(), asks: asks() }));
    }
    const prevSequence = idOf(data, 'prev_change_id');
    const numbers = { sequenceKind: SequenceKind.LINKED, sequence, prevSequence };
    return deltaEvents(instrument, times, numbers, () => ({ changes: changesOf(bids(), asks()) }));
  }

  #quote(data: Message, tsRecv: bigint): readonly FeedEvent[] {
    const best = (side: 'bid' | 'ask'): BookLevelBody => {
      const price = data[`best_${side}_price`];
      if (price === null) return quoteSide(0, 0);
      const size = bareDecimalOf(data[`best_${side}_amount`], `best_${side}_amount`);
      return quoteSide(bareDecimalOf(price, `best_${side}_price`), size);
    };
    const times = venueTime(millisOf(data, 'timestamp'), tsRecv);
    return quoteEvents(this.#instrument(data), times, {}, () => ({
      bid: best('bid'),
      ask: best('ask'),
    }));
  }

  #instrument(data: Message): Instrument {
    const name = textOf(data, 'instrument_name');
    return this.#session.instruments.find(Publisher.DERIBIT, VENUE, name);
  }
}

/** `[action, price, amount]`, and in grouped books `[price, amount]`. */
const levelOf: LevelOf = (item, name) => {
  if (!Array.isArray(item)) throw badField(name, item, '[action, price, amount]');
  const parts: readonly unknown[] = item;
  const [price, size] = parts.slice(-2);
  const isRemoved = parts[0] === 'delete';
  return { price: bareDecimalOf(price, name), size: isRemoved ? 0 : bareDecimalOf(size, name) };
};

function classOf(listed: Message): InstrumentClass {
  switch (listed['kind']) {
    case 'option':
      return InstrumentClass.OPTION;
    case 'spot':
      return InstrumentClass.SPOT;
    case 'future_combo':
    case 'option_combo':
      return InstrumentClass.SPREAD;
    default:
      return listed['settlement_period'] === 'perpetual'
        ? InstrumentClass.PERPETUAL
        : InstrumentClass.FUTURE;
  }
}

function listingOf(item: unknown): Listing {
  const listed = asMessage(item);
  const symbol = symbolOf(textOf(listed, 'instrument_name'));
  const instrumentClass = classOf(listed);
  const hasEnd =
    instrumentClass === InstrumentClass.OPTION || instrumentClass === InstrumentClass.FUTURE;
  return {
    symbol,
    definition: {
      instrument: `${symbol.rawSymbol}.${VENUE}`,
      instrumentClass,
      base: assetCode(textOf(listed, 'base_currency')),
      quote: assetCode(textOf(listed, 'quote_currency')),
      minPriceIncrement: stepOf(listed['tick_size']),
      lotSize: stepOf(listed['min_trade_amount']),
      multiplier: stepOf(listed['contract_size']),
      expiration: hasEnd ? listedMillis(listed['expiration_timestamp']) : 0n,
      strikePrice: stepOf(listed['strike']),
      validFrom: listedMillis(listed['creation_timestamp']),
      allowsNegativePrice: instrumentClass === InstrumentClass.SPREAD,
    },
  };
}

const symbolOf = (rawSymbol: string): FeedSymbol => ({
  publisherId: Publisher.DERIBIT,
  venue: VENUE,
  rawSymbol,
});

/** BTC-PERPETUAL, BTC-24SEP21, BTC-24SEP21-8000-P, BTC_USDC. */
function describe({ rawSymbol }: FeedSymbol): Listing['definition'] {
  const parts = rawSymbol.split('-');
  const [base = '', quote = 'USD'] = (parts[0] ?? '').split('_');
  let instrumentClass: InstrumentClass = InstrumentClass.FUTURE;
  if (parts.length === 1) instrumentClass = InstrumentClass.SPOT;
  else if (parts.length === 4) instrumentClass = InstrumentClass.OPTION;
  else if (parts[1] === 'PERPETUAL') instrumentClass = InstrumentClass.PERPETUAL;
  return { instrument: `${rawSymbol}.${VENUE}`, instrumentClass, base, quote };
}

export const DERIBIT: Venue = {
  name: 'deribit',
  feed: symbolOf(''),
  decimals: 'bare',
  redundancy: 'arbitrated',
  quotesFromBook: false,
  describe,
  open: (session) => new DeribitReader(session),
  readAnswer: (session, url, answer, tsRecv) => {
    if (!url.includes('/public/get_instruments')) throw unknownAnswer(url);
    const listings = listOf(asMessage(answer), 'result').map(listingOf);
    return session.instruments.list(Publisher.DERIBIT, listings, tsRecv);
  },
};
