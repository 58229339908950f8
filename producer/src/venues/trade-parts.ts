import { Flag, type Int64, type TradeBody } from '@feedmill/core/event';
import { AggressorSide } from '@feedmill/proto/feedmill/v1/event_pb';
import type { Numbers } from './book-parts.ts';
import { Channel } from './channels.ts';
import type { EventRest, Instrument } from './instruments.ts';
import { badField } from './message-fields.ts';
import { within } from './rejection.ts';

// What the trades of all venues are made of.

/** A trade as a part of a message; `Instrument.events` puts its times to it. */
export function tradeRest(
  instrument: Instrument,
  numbers: Numbers,
  read: () => TradeBody,
): EventRest {
  const { symbol } = instrument;
  const header = { flags: Flag.LAST, channelId: instrument.channel(Channel.TRADE), ...numbers };
  return { ...header, body: { case: 'trade', value: within({ symbol, ...header }, read) } };
}

/**
 * The taker's side.
 *
 * @param buy the venue's words for a taker who bought, and for one who sold
 * @throws MessageFault bad_field
 */
export function takerSide(value: unknown, name: string, buy: string, sell: string): AggressorSide {
  if (value === buy) return AggressorSide.BUY;
  if (value === sell) return AggressorSide.SELL;
  throw badField(name, value, `${buy} or ${sell}`);
}

/**
 * Whether a trade is newer than all of its instrument so far, by ids that rise; it is then the
 * newest. Venues repeat trades, on another channel or after a reconnect.
 */
export function isNewTrade(instrument: Instrument, id: Int64): boolean {
  if (id <= instrument.lastTradeId) return false;
  instrument.lastTradeId = id;
  return true;
}
