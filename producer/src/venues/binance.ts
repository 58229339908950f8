import type { EpochNanos } from '@feedmill/core/brand';
import {
  type BookChangeBody,
  type BookLevelBody,
  type EventBody,
  type FeedEvent,
  Flag,
  type Int64,
  UNDEF_PRICE,
} from '@feedmill/core/event';
import {
  AggressorSide,
  BookAction,
  SequenceKind,
  Side,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import {
  type BinanceInstrument,
  type BinanceMarket,
  binanceDefinition,
  binanceSymbol,
  isCoinMargined,
} from './binance-instrument.ts';
import { Channel, channelId, INSTRUMENTS_PER_STREAM_MAX } from './channels.ts';
import { parseExactJson } from './exact-json.ts';
import {
  asMessage,
  badField,
  decimalOf,
  idOf,
  levelsOf,
  type Message,
  MessageFault,
  millisOf,
  parseMessage,
} from './message-fields.ts';
import type { MessageProblems, VenueMapper } from './venue-mapper.ts';

// ts_in_delta has 32 bits: send times further away are left out rather than wrapped.
const DELTA_NANOS_MAX = 0x7fff_ffff;

/** The times of one event. */
interface Times {
  readonly tsEvent: bigint;
  readonly tsEventSource: TsEventSource;
  readonly tsRecv: bigint;
  readonly tsInDelta: number | undefined;
}

/**
 * Streams of Binance spot, USD-M and COIN-M: depth, bookTicker, trade, and the REST depth
 * snapshot. Sizes of COIN-M are contracts. Spot bookTicker has no time of its own, so its
 * receive time stands in; everything else has the matching engine's T, or the send time E.
 *
 * Sequences: trade ids are dense per symbol; spot depth is the range U..u; futures depth is linked
 * by pu; the update id of bookTicker has holes by design.
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
export class BinanceMapper implements VenueMapper {
  readonly #problems: MessageProblems;
  readonly #instruments = new Map<string, BinanceInstrument>();

  constructor(problems: MessageProblems) {
    this.#problems = problems;
  }

  map(text: string, tsRecv: EpochNanos): readonly FeedEvent[] {
    try {
      return this.#map(parseMessage(text, JSON.parse), tsRecv);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      if (!error.isInexact) return this.#reject(error);
    }
    try {
      return this.#map(parseMessage(text, parseExactJson), tsRecv);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      return this.#reject(error);
    }
  }

  #reject(fault: MessageFault): readonly FeedEvent[] {
    this.#problems.count(fault.kind, fault.message);
    return [];
  }

  #map(parsed: unknown, tsRecv: bigint): readonly FeedEvent[] {
    const outer = asMessage(parsed);
    const message = outer['data'] === undefined ? outer : asMessage(outer['data']);
    switch (message['e']) {
      case 'trade':
        return this.#trade(message, tsRecv);
      case 'bookTicker':
        return this.#quote(message, tsRecv);
      case 'depthUpdate':
        return this.#depth(message, tsRecv);
      case undefined:
        if (message['lastUpdateId'] !== undefined) return this.#snapshot(message, tsRecv);
        // Only spot sends its bookTicker without a type.
        if (message['B'] !== undefined) return this.#quote(message, tsRecv);
        break;
      default:
    }
    const kind = typeof message['e'] === 'string' ? message['e'] : Object.keys(message).join(', ');
    throw new MessageFault(
      'unsupported_message',
      `'${kind}' is no trade, bookTicker, depthUpdate or depth snapshot`,
    );
  }

  #trade(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    // Spot alone sends the deprecated field M.
    const instrument = this.#instrument(message, message['M'] !== undefined);
    const id = idOf(message, 't');
    const isBuyerMaker = message['m'];
    if (typeof isBuyerMaker !== 'boolean') throw badField('m', isBuyerMaker, 'true or false');
    const body: EventBody = {
      case: 'trade',
      value: {
        price: decimalOf(message['p'], 'p'),
        size: decimalOf(message['q'], 'q'),
        // m says that the buyer was resting, so the taker sold.
        aggressorSide: isBuyerMaker ? AggressorSide.SELL : AggressorSide.BUY,
        tradeId: String(id),
      },
    };
    return this.#events(instrument, timesOf(message, tsRecv), {
      flags: Flag.LAST,
      channelId: channelId(instrument.slot, Channel.TRADE),
      sequenceKind: SequenceKind.DENSE,
      sequence: id,
      body,
    });
  }

  #quote(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const instrument = this.#instrument(message, message['e'] === undefined);
    const bid = sideOf(decimalOf(message['b'], 'b'), decimalOf(message['B'], 'B'));
    const ask = sideOf(decimalOf(message['a'], 'a'), decimalOf(message['A'], 'A'));
    return this.#events(instrument, timesOf(message, tsRecv), {
      flags: Flag.LAST | Flag.TOB,
      channelId: channelId(instrument.slot, Channel.QUOTE),
      sequenceKind: SequenceKind.SPARSE,
      sequence: idOf(message, 'u'),
      body: {
        case: 'quote',
        value: { bidPx: bid.price, bidSz: bid.size, askPx: ask.price, askSz: ask.size },
      },
    });
  }

  #depth(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    const isSpot = message['pu'] === undefined;
    const instrument = this.#instrument(message, isSpot);
    const changes: BookChangeBody[] = [];
    for (const level of levelsOf(message, 'b')) changes.push(changeOf(level, Side.BID));
    for (const level of levelsOf(message, 'a')) changes.push(changeOf(level, Side.ASK));
    const header = {
      flags: Flag.LAST | Flag.MBP,
      channelId: channelId(instrument.slot, Channel.DEPTH),
      sequence: idOf(message, 'U'),
      sequenceEnd: idOf(message, 'u'),
      body: { case: 'bookDelta', value: { changes } } as const,
    };
    const times = timesOf(message, tsRecv);
    if (isSpot) {
      return this.#events(instrument, times, { ...header, sequenceKind: SequenceKind.RANGE });
    }
    const linked = { sequenceKind: SequenceKind.LINKED, prevSequence: idOf(message, 'pu') };
    return this.#events(instrument, times, { ...header, ...linked });
  }

  /** Spot and USD-M do not say of which symbol it is: then the session must hold just one. */
  #snapshot(message: Message, tsRecv: bigint): readonly FeedEvent[] {
    let instrument: BinanceInstrument | undefined;
    if (message['symbol'] === undefined) {
      const market: BinanceMarket = message['E'] === undefined ? 'spot' : 'usd-m';
      const known = [...this.#instruments.values()].filter((each) => each.market === market);
      if (known.length === 1) instrument = known[0];
    } else {
      instrument = this.#named(message['symbol'], 'coin-m');
    }
    if (instrument === undefined) {
      throw new MessageFault(
        'snapshot_without_symbol',
        'a depth snapshot without symbol, in a session of no or several symbols so far',
      );
    }
    const body: EventBody = {
      case: 'bookSnapshot',
      value: {
        bids: levelsOf(message, 'bids'),
        asks: levelsOf(message, 'asks'),
        asOfSequence: idOf(message, 'lastUpdateId'),
      },
    };
    return this.#events(instrument, timesOf(message, tsRecv), {
      flags: Flag.LAST | Flag.SNAPSHOT | Flag.MBP,
      channelId: channelId(instrument.slot, Channel.DEPTH),
      body,
    });
  }

  #instrument(message: Message, isSpot: boolean): BinanceInstrument {
    const rawSymbol = message['s'];
    if (isSpot) return this.#named(rawSymbol, 'spot');
    const isCoin = typeof rawSymbol === 'string' && isCoinMargined(rawSymbol);
    return this.#named(rawSymbol, isCoin ? 'coin-m' : 'usd-m');
  }

  #named(rawSymbol: unknown, market: BinanceMarket): BinanceInstrument {
    if (typeof rawSymbol !== 'string' || rawSymbol === '') {
      throw badField('s', rawSymbol, 'a symbol');
    }
    const key = `${market}:${rawSymbol}`;
    const known = this.#instruments.get(key);
    if (known !== undefined) return known;
    const slot = this.#instruments.size;
    if (slot >= INSTRUMENTS_PER_STREAM_MAX) {
      const most = `a stream can hold ${INSTRUMENTS_PER_STREAM_MAX} symbols; split the capture`;
      throw new MessageFault(
        'unsupported_message',
        `'${rawSymbol}' is one symbol too many: ${most}`,
      );
    }
    const symbol = binanceSymbol(market, rawSymbol);
    const instrument: BinanceInstrument = { market, symbol, slot, isDefined: false };
    this.#instruments.set(key, instrument);
    return instrument;
  }

  /** The event, after the DEFINITION of its instrument where it is the first. */
  #events(
    instrument: BinanceInstrument,
    times: Times,
    rest: Omit<FeedEvent, 'symbol' | 'tsEvent' | 'tsEventSource' | 'tsRecv' | 'tsInDelta'>,
  ): readonly FeedEvent[] {
    const { tsEvent, tsEventSource, tsRecv, tsInDelta } = times;
    const { symbol } = instrument;
    const head = { symbol, tsEvent, tsEventSource, tsRecv };
    const event: FeedEvent =
      tsInDelta === undefined ? { ...head, ...rest } : { ...head, tsInDelta, ...rest };
    if (instrument.isDefined) return [event];
    instrument.isDefined = true;
    const definition: FeedEvent = {
      ...head,
      channelId: Channel.FEED,
      body: { case: 'definition', value: binanceDefinition(instrument) },
    };
    return [definition, event];
  }
}

/** A level with size 0 is gone; otherwise the stream does not say whether it was there before. */
function changeOf(level: BookLevelBody, side: Side): BookChangeBody {
  const action = Number(level.size) === 0 ? BookAction.CANCEL : BookAction.MODIFY;
  return { action, side, price: level.price, size: level.size };
}

/** An empty side comes as 0 at price 0, which is no price. */
function sideOf(price: Int64, size: Int64): BookLevelBody {
  const isEmpty = Number(size) === 0 && Number(price) === 0;
  return isEmpty ? { price: UNDEF_PRICE, size: 0 } : { price, size };
}

function timesOf(message: Message, tsRecv: bigint): Times {
  const sent = message['E'] === undefined ? undefined : millisOf(message, 'E');
  const matched = message['T'] === undefined ? undefined : millisOf(message, 'T');
  let tsInDelta: number | undefined;
  if (sent !== undefined) {
    const delta = Number(tsRecv - sent);
    if (Math.abs(delta) <= DELTA_NANOS_MAX) tsInDelta = delta;
  }
  if (matched !== undefined) {
    return { tsEvent: matched, tsEventSource: TsEventSource.VENUE, tsRecv, tsInDelta };
  }
  if (sent !== undefined) {
    return { tsEvent: sent, tsEventSource: TsEventSource.VENUE_SEND, tsRecv, tsInDelta };
  }
  return { tsEvent: tsRecv, tsEventSource: TsEventSource.RECV_FALLBACK, tsRecv, tsInDelta };
}
