import {
  type BookChangeBody,
  type BookLevelBody,
  type EventBody,
  type FeedEvent,
  type FeedSymbol,
  Flag,
  type Int64,
} from '@feedmill/core/event';
import {
  AggressorSide,
  BookAction,
  InstrumentClass,
  OrderAction,
  OrderSide,
  OrderType,
  SequenceKind,
  Side,
  TimeInForce,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from '../venues/channels.ts';
import { type EventRest, type Instrument, InstrumentTable } from '../venues/instruments.ts';
import { decimalOf } from '../venues/message-fields.ts';
import { sendTime, type Times, venueTime } from '../venues/message-times.ts';
import { Publisher } from '../venues/publishers.ts';
import { MessageFault } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';
import type { FixMessage } from './fix-frames.ts';
import type { FixContext, FixMapper } from './fix-session.ts';
import { FIX_ENTRIES_MAX } from './limits.ts';

const Tag = {
  ACCOUNT: 1,
  CL_ORD_ID: 11,
  EXEC_ID: 17,
  LAST_PX: 31,
  LAST_QTY: 32,
  ORDER_ID: 37,
  ORDER_QTY: 38,
  ORD_STATUS: 39,
  ORD_TYPE: 40,
  PRICE: 44,
  SENDING_TIME: 52,
  SIDE: 54,
  SYMBOL: 55,
  TEXT: 58,
  TIME_IN_FORCE: 59,
  TRANSACT_TIME: 60,
  ORD_REJ_REASON: 103,
  EXEC_TYPE: 150,
  LEAVES_QTY: 151,
  NO_MD_ENTRIES: 268,
  MD_ENTRY_TYPE: 269,
  MD_ENTRY_PX: 270,
  MD_ENTRY_SIZE: 271,
  MD_ENTRY_DATE: 272,
  MD_ENTRY_TIME: 273,
  MD_ENTRY_ID: 278,
  MD_UPDATE_ACTION: 279,
} as const;

/** Of an order: what has come of it. 0 is what FIX calls new, and others accepted. */
const ACTIONS: Readonly<Record<string, OrderAction>> = {
  0: OrderAction.ACCEPTED,
  1: OrderAction.PARTIAL_FILL,
  2: OrderAction.FILL,
  3: OrderAction.EXPIRE,
  4: OrderAction.CANCEL,
  5: OrderAction.REPLACE,
  8: OrderAction.REJECT,
  A: OrderAction.NEW,
  C: OrderAction.EXPIRE,
};
const TRADE = 'F';
/** Known, and no step of an order: pending, stopped, suspended, restated, status. */
const EXEC_TYPES_IGNORED = '679BDEI';
const SIDES: Readonly<Record<string, OrderSide>> = {
  1: OrderSide.BUY,
  2: OrderSide.SELL,
  3: OrderSide.BUY,
  4: OrderSide.SELL,
  5: OrderSide.SELL,
  6: OrderSide.SELL,
};
const TYPES: Readonly<Record<string, OrderType>> = { 1: OrderType.MARKET, 2: OrderType.LIMIT };
const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = {
  0: TimeInForce.DAY,
  1: TimeInForce.GTC,
  3: TimeInForce.IOC,
  4: TimeInForce.FOK,
};
const BOOK_ACTIONS: Readonly<Record<string, BookAction>> = {
  0: BookAction.ADD,
  1: BookAction.MODIFY,
  2: BookAction.CANCEL,
};
const BOOK_SIDES: Readonly<Record<string, Side>> = { 0: Side.BID, 1: Side.ASK };
const TRADE_ENTRY = '2';
const FILLED = '2';

/** One entry of market data: its fields. */
type Entry = ReadonlyMap<number, string>;

/**
 * ExecutionReports as order events, market data as book changes, books and trades. Everything of a
 * message is in its order, by MsgSeqNum; that none is missing is the session's part.
 */
export class FixEvents implements FixMapper {
  readonly feed: FeedSymbol;
  readonly #venue: string;
  readonly #problems: MessageProblems;
  readonly #instruments: InstrumentTable;

  constructor(venue: string, problems: MessageProblems) {
    this.#venue = venue;
    this.#problems = problems;
    this.feed = { publisherId: Publisher.BROKER, venue, rawSymbol: '' };
    this.#instruments = new InstrumentTable(({ rawSymbol }) => ({
      instrument: `${rawSymbol}.${venue}`,
      instrumentClass: InstrumentClass.UNSPECIFIED,
    }));
  }

  read(message: FixMessage, context: FixContext): readonly FeedEvent[] {
    switch (message.type) {
      case '8':
        return this.#execution(message, context);
      case 'X':
        return this.#refresh(message, context, false);
      case 'W':
        return this.#refresh(message, context, true);
      default: {
        const allowed = 'ExecutionReport (8) and market data (X, W)';
        throw new MessageFault('unknown_kind', `MsgType '${message.type}' is none of ${allowed}`);
      }
    }
  }

  #execution(message: FixMessage, context: FixContext): readonly FeedEvent[] {
    const fields: Entry = new Map(message.fields.toReversed());
    const execType = textAt(fields, Tag.EXEC_TYPE);
    if (EXEC_TYPES_IGNORED.includes(execType)) {
      this.#problems.ignore(`exec_type_${execType}`);
      return [];
    }
    const isFill = execType === TRADE || execType === '1' || execType === '2';
    const instrument = this.#instrument(textAt(fields, Tag.SYMBOL));
    const value = {
      orderId: textAt(fields, Tag.ORDER_ID),
      clientOrderId: fields.get(Tag.CL_ORD_ID) ?? '',
      account: fields.get(Tag.ACCOUNT) ?? '',
      action: actionOf(execType, fields.get(Tag.ORD_STATUS)),
      side: oneOf(SIDES, fields, Tag.SIDE),
      orderType: TYPES[fields.get(Tag.ORD_TYPE) ?? ''] ?? OrderType.UNSPECIFIED,
      timeInForce: TIMES_IN_FORCE[fields.get(Tag.TIME_IN_FORCE) ?? ''] ?? TimeInForce.UNSPECIFIED,
      price: BigInt(decimalAt(fields, Tag.PRICE) ?? 0),
      size: BigInt(decimalAt(fields, Tag.ORDER_QTY) ?? 0),
      leavesSize: BigInt(decimalAt(fields, Tag.LEAVES_QTY) ?? 0),
      lastPrice: BigInt((isFill ? decimalAt(fields, Tag.LAST_PX) : 0) ?? 0),
      lastSize: BigInt((isFill ? decimalAt(fields, Tag.LAST_QTY) : 0) ?? 0),
      tradeId: isFill ? textAt(fields, Tag.EXEC_ID) : '',
      reason: fields.get(Tag.TEXT) ?? fields.get(Tag.ORD_REJ_REASON) ?? '',
    };
    const times = timesOf(fields, Tag.TRANSACT_TIME, context.tsRecv);
    return instrument.events(times, restOf(context, Channel.FEED, { case: 'orderEvent', value }));
  }

  /** Changes of books, or whole ones, and trades: one event for each instrument and kind. */
  #refresh(message: FixMessage, context: FixContext, isWhole: boolean): readonly FeedEvent[] {
    const head: Entry = new Map(message.fields.toReversed());
    const books = new Map<Instrument, BookChangeBody[]>();
    const trades: FeedEvent[] = [];
    let symbol = isWhole ? textAt(head, Tag.SYMBOL) : '';
    const sent = textAt(head, Tag.SENDING_TIME);
    const entries = entriesOf(message, isWhole ? Tag.MD_ENTRY_TYPE : Tag.MD_UPDATE_ACTION);
    for (const [at, entry] of entries.entries()) {
      // An entry without a symbol is of the one before.
      symbol = entry.get(Tag.SYMBOL) ?? symbol;
      if (symbol === '') throw missing(Tag.SYMBOL);
      const instrument = this.#instrument(symbol);
      const type = textAt(entry, Tag.MD_ENTRY_TYPE);
      const side = BOOK_SIDES[type];
      if (side !== undefined) {
        const changes = books.get(instrument) ?? [];
        changes.push(changeOf(entry, side, isWhole));
        books.set(instrument, changes);
      } else if (type === TRADE_ENTRY) {
        const id = entry.get(Tag.MD_ENTRY_ID) ?? `${context.sequence}.${at}`;
        trades.push(...tradeOf(instrument, entry, id, context, sent));
      } else this.#problems.ignore(`md_entry_type_${type.slice(0, 8)}`);
    }
    const times = timesOf(head, Tag.SENDING_TIME, context.tsRecv);
    const changed = [...books].flatMap(([instrument, changes]) =>
      instrument.events(
        times,
        restOf(context, Channel.DEPTH, bodyOf(changes, isWhole), instrument),
      ),
    );
    return [...changed, ...trades];
  }

  #instrument(symbol: string): Instrument {
    return this.#instruments.find(Publisher.BROKER, this.#venue, symbol);
  }
}

function restOf(
  { sequence, sessionId, epoch }: FixContext,
  channel: Channel,
  body: EventBody,
  instrument?: Instrument,
): EventRest {
  const channelId = instrument === undefined ? channel : instrument.channel(channel);
  const numbers = { sequenceKind: SequenceKind.SPARSE, sequence, sessionId, epoch };
  return { flags: Flag.LAST, channelId, ...(channel === Channel.FEED ? {} : numbers), body };
}

function bodyOf(changes: readonly BookChangeBody[], isWhole: boolean): EventBody {
  if (!isWhole) return { case: 'bookDelta', value: { changes } };
  const levels = (side: Side): BookLevelBody[] =>
    changes.filter((change) => change.side === side).map(({ price, size }) => ({ price, size }));
  return {
    case: 'bookSnapshot',
    value: { bids: levels(Side.BID), asks: levels(Side.ASK), asOfSequence: 0 },
  };
}

function changeOf(entry: Entry, side: Side, isWhole: boolean): BookChangeBody {
  const action = isWhole ? BookAction.ADD : oneOf(BOOK_ACTIONS, entry, Tag.MD_UPDATE_ACTION);
  const price = decimalAt(entry, Tag.MD_ENTRY_PX);
  if (price === undefined) throw missing(Tag.MD_ENTRY_PX);
  const isRemoved = action === BookAction.CANCEL;
  const size = isRemoved ? 0 : decimalAt(entry, Tag.MD_ENTRY_SIZE);
  if (size === undefined) throw missing(Tag.MD_ENTRY_SIZE);
  return { action, side, price, size };
}

function tradeOf(
  instrument: Instrument,
  entry: Entry,
  tradeId: string,
  context: FixContext,
  sent: string,
): readonly FeedEvent[] {
  const price = decimalAt(entry, Tag.MD_ENTRY_PX);
  const size = decimalAt(entry, Tag.MD_ENTRY_SIZE);
  if (price === undefined || size === undefined) {
    throw missing(price === undefined ? Tag.MD_ENTRY_PX : Tag.MD_ENTRY_SIZE);
  }
  const date = entry.get(Tag.MD_ENTRY_DATE) ?? sent.slice(0, 8);
  const clock = entry.get(Tag.MD_ENTRY_TIME);
  const times =
    clock === undefined
      ? sendTime(utcNanos(sent, Tag.SENDING_TIME), context.tsRecv)
      : venueTime(utcNanos(`${date}-${clock}`, Tag.MD_ENTRY_TIME), context.tsRecv);
  const value = { price, size, aggressorSide: AggressorSide.NO_AGGRESSOR, tradeId };
  return instrument.events(
    times,
    restOf(context, Channel.TRADE, { case: 'trade', value }, instrument),
  );
}

/** The entries of the repeating group, each from its first field to the next one's. */
function entriesOf({ fields }: FixMessage, firstTag: number): Entry[] {
  const start = fields.findIndex(([tag]) => tag === Tag.NO_MD_ENTRIES);
  const said = Number(fields[start]?.[1] ?? 0);
  const entries: Map<number, string>[] = [];
  for (const [tag, value] of fields.slice(start + 1)) {
    if (tag === firstTag) entries.push(new Map());
    entries.at(-1)?.set(tag, value);
  }
  if (start >= 0 && entries.length === said && said <= FIX_ENTRIES_MAX) return entries;
  const seen = `NoMDEntries is ${said}, the message has ${entries.length}`;
  throw new MessageFault('bad_field', `${seen}; up to ${FIX_ENTRIES_MAX} are allowed`);
}

function actionOf(execType: string, status: string | undefined): OrderAction {
  if (execType === TRADE) return status === FILLED ? OrderAction.FILL : OrderAction.PARTIAL_FILL;
  const action = ACTIONS[execType];
  if (action !== undefined) return action;
  throw new MessageFault('unknown_kind', `ExecType (150) '${execType}' is no step of an order`);
}

function oneOf<Value>(values: Readonly<Record<string, Value>>, fields: Entry, tag: number): Value {
  const text = textAt(fields, tag);
  const value = values[text];
  if (value !== undefined) return value;
  const allowed = Object.keys(values).join(', ');
  const seen = `tag ${tag} is '${text.slice(0, 40)}'`;
  throw new MessageFault('bad_field', `${seen} where ${allowed} are allowed`);
}

function textAt(fields: Entry, tag: number): string {
  const text = fields.get(tag);
  if (text === undefined || text === '') throw missing(tag);
  return text;
}

const missing = (tag: number): MessageFault =>
  new MessageFault('bad_field', `tag ${tag} is missing`);

function decimalAt(fields: Entry, tag: number): Int64 | undefined {
  const text = fields.get(tag);
  return text === undefined ? undefined : decimalOf(text, `tag ${tag}`);
}

/** When it happened; where it does not say, when it was sent. */
function timesOf(fields: Entry, tag: number, tsRecv: bigint): Times {
  const text = fields.get(tag);
  if (text !== undefined && tag !== Tag.SENDING_TIME) return venueTime(utcNanos(text, tag), tsRecv);
  return sendTime(utcNanos(textAt(fields, Tag.SENDING_TIME), Tag.SENDING_TIME), tsRecv);
}

const UTC_TIME = /^(\d{4})(\d\d)(\d\d)-(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/;

/** `20250106-14:30:00.123`, in UTC as FIX has it, to the nanosecond. */
function utcNanos(text: string, tag: number): bigint {
  const [, year, month, day, clock, fraction = ''] = UTC_TIME.exec(text) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${clock}Z`);
  if (Number.isInteger(ms) && ms >= 0) {
    return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  }
  const seen = `tag ${tag} is '${text.slice(0, 40)}'`;
  const allowed = 'a time like 20250106-14:30:00.123';
  throw new MessageFault('bad_field', `${seen} where ${allowed} was expected`);
}
