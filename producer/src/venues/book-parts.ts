import {
  type BookChangeBody,
  type BookDeltaBody,
  type BookLevelBody,
  type FeedEvent,
  Flag,
  type Int64,
  UNDEF_PRICE,
} from '@feedmill/core/event';
import { BookAction, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from './channels.ts';
import type { EventRest, Instrument } from './instruments.ts';
import type { Times } from './message-times.ts';
import { within } from './rejection.ts';

// What the books and quotes of all venues are made of.

const DELTA_FLAGS = Flag.LAST | Flag.MBP;
const SNAPSHOT_FLAGS = Flag.LAST | Flag.SNAPSHOT | Flag.MBP;
const QUOTE_FLAGS = Flag.LAST | Flag.TOB;

/** A level with size 0 is gone; otherwise streams do not say whether it was there before. */
export function changeOf({ price, size }: BookLevelBody, side: Side): BookChangeBody {
  return { action: size === 0 ? BookAction.CANCEL : BookAction.MODIFY, side, price, size };
}

/** The changes of both sides of one message. */
export function changesOf(
  bids: readonly BookLevelBody[],
  asks: readonly BookLevelBody[],
): BookChangeBody[] {
  const changes: BookChangeBody[] = [];
  for (const level of bids) changes.push(changeOf(level, Side.BID));
  for (const level of asks) changes.push(changeOf(level, Side.ASK));
  return changes;
}

/** Numbers of an event, where the venue numbers it. */
export type Numbers = Pick<
  EventRest,
  'sequenceKind' | 'sequence' | 'sequenceEnd' | 'prevSequence' | 'sessionId' | 'eventKey'
>;

/** What a message says of a book: read only when it is known whose and where in its order. */
type Read<Body> = () => Body;

/** The event of a message that changes levels. */
export function deltaEvents(
  instrument: Instrument,
  times: Times,
  numbers: Numbers,
  read: Read<BookDeltaBody>,
): readonly FeedEvent[] {
  const { symbol } = instrument;
  const header = { flags: DELTA_FLAGS, channelId: instrument.channel(Channel.DEPTH), ...numbers };
  const value = within({ symbol, ...header }, read);
  return instrument.events(times, { ...header, body: { case: 'bookDelta', value } });
}

/**
 * The event of a message that holds a whole book. Levels of size 0 are none.
 *
 * @param asOfSequence number of the last change that the book contains; 0 where changes have none
 */
export function snapshotEvents(
  instrument: Instrument,
  times: Times,
  asOfSequence: Int64,
  read: Read<{ readonly bids: BookLevelBody[]; readonly asks: BookLevelBody[] }>,
): readonly FeedEvent[] {
  const { symbol } = instrument;
  const header = { flags: SNAPSHOT_FLAGS, channelId: instrument.channel(Channel.DEPTH) };
  // A number without a kind is no part of the channel's sequence, but tells copies.
  const { bids, asks } = within({ symbol, ...header, sequence: asOfSequence }, read);
  const value = { bids: bids.filter(isThere), asks: asks.filter(isThere), asOfSequence };
  return instrument.events(times, { ...header, body: { case: 'bookSnapshot', value } });
}

const isThere = ({ size }: BookLevelBody): boolean => size !== 0;

/** A best price that does not exist: many venues write 0 at price 0. */
const NONE: BookLevelBody = { price: UNDEF_PRICE, size: 0 };

/** One side of a quote; a price of 0 says that there is none. */
export const quoteSide = (price: Int64, size: Int64): BookLevelBody =>
  price === 0 ? NONE : { price, size };

/** The event of a message with the best bid and offer. */
export function quoteEvents(
  instrument: Instrument,
  times: Times,
  numbers: Numbers,
  read: Read<{ readonly bid: BookLevelBody; readonly ask: BookLevelBody }>,
): readonly FeedEvent[] {
  const { symbol } = instrument;
  const header = { flags: QUOTE_FLAGS, channelId: instrument.channel(Channel.QUOTE), ...numbers };
  const { bid, ask } = within({ symbol, ...header }, read);
  const value = { bidPx: bid.price, bidSz: bid.size, askPx: ask.price, askSz: ask.size };
  return instrument.events(times, { ...header, body: { case: 'quote', value } });
}
