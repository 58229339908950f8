import type { EpochNanos } from '@feedmill/core/brand';
import { type FeedEvent, type FeedSymbol, Flag, type Int64 } from '@feedmill/core/event';
import {
  AggressorSide,
  InstrumentClass,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel, channelId } from './channels.ts';
import { Publisher } from './publishers.ts';

/** Asset codes in upper case. */
export interface GeminiPair {
  readonly base: string;
  readonly quote: string;
}

// There is no receive time of its own in the record: the venue's time stands in for it.
const FLAGS = Flag.LAST | Flag.BAD_TS_RECV;

/**
 * Trades of one pair on Gemini. They carry no sequence and no id, and equal rows in one
 * millisecond are different trades: their place in the stream is their identity.
 */
export class GeminiTrades {
  readonly #pair: GeminiPair;
  readonly #symbol: FeedSymbol;
  #isDefined = false;

  constructor(pair: GeminiPair) {
    this.#pair = pair;
    const rawSymbol = pair.base + pair.quote;
    this.#symbol = { publisherId: Publisher.GEMINI, venue: 'GEMINI', rawSymbol };
  }

  /** @param isBuyerMaker the buyer's order was resting, so the seller took */
  trade(
    tsEvent: EpochNanos,
    price: Int64,
    size: Int64,
    isBuyerMaker: boolean,
  ): readonly FeedEvent[] {
    const event: FeedEvent = {
      symbol: this.#symbol,
      tsEvent,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: tsEvent,
      flags: FLAGS,
      channelId: channelId(0, Channel.TRADE),
      body: {
        case: 'trade',
        value: {
          price,
          size,
          aggressorSide: isBuyerMaker ? AggressorSide.SELL : AggressorSide.BUY,
          tradeId: '',
        },
      },
    };
    if (this.#isDefined) return [event];
    this.#isDefined = true;
    return [this.#definition(tsEvent), event];
  }

  #definition(tsEvent: EpochNanos): FeedEvent {
    return {
      symbol: this.#symbol,
      tsEvent,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: tsEvent,
      flags: Flag.BAD_TS_RECV,
      channelId: Channel.FEED,
      body: {
        case: 'definition',
        value: {
          instrument: `${this.#symbol.rawSymbol}.GEMINI`,
          instrumentClass: InstrumentClass.SPOT,
          base: this.#pair.base,
          quote: this.#pair.quote,
        },
      },
    };
  }
}
