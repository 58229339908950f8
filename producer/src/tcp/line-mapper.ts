import {
  type EventBody,
  type FeedEvent,
  type FeedSymbol,
  Flag,
  type Int64,
  UNDEF_PRICE,
} from '@feedmill/core/event';
import {
  AggressorSide,
  InstrumentClass,
  OrderAction,
  OrderSide,
  OrderType,
  SequenceKind,
  TimeInForce,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { parseNewsTime } from '../news/news-time.ts';
import { Channel } from '../venues/channels.ts';
import { hasLongNumber, parseMessage } from '../venues/exact-json.ts';
import { InstrumentTable } from '../venues/instruments.ts';
import {
  asMessage,
  badField,
  bareDecimalOf,
  idOf,
  type Message,
  textOf,
  unknownKind,
} from '../venues/message-fields.ts';
import { receiveTime, type Times, venueTime } from '../venues/message-times.ts';
import { Publisher } from '../venues/publishers.ts';
import { within } from '../venues/rejection.ts';

const INT64_END = 2n ** 63n;

/** Where a line stands among those of the connection. */
export interface LineNumbers {
  readonly sequence?: Int64;
  readonly sessionId: string;
  readonly epoch: number;
}

/** Reads lines that say events in the words of the schema, as JSON objects. */
export class LineMapper {
  readonly feed: FeedSymbol;
  readonly #instruments: InstrumentTable;

  constructor(venue: string) {
    this.feed = { publisherId: Publisher.BROKER, venue, rawSymbol: '' };
    this.#instruments = new InstrumentTable(({ rawSymbol }) => ({
      instrument: `${rawSymbol}.${venue}`,
      instrumentClass: InstrumentClass.UNSPECIFIED,
    }));
  }

  /**
   * The events of one line.
   *
   * @param numbersOf is given the line's own number and session, and says where that stands
   * @throws MessageFault
   */
  read(
    line: string,
    tsRecv: bigint,
    numbersOf: (sequence: Int64 | undefined, sessionId: string) => LineNumbers,
  ): readonly FeedEvent[] {
    const message = asMessage(parseMessage(line, hasLongNumber(line)));
    const own = message['sequence'] === undefined ? undefined : sequenceOf(message);
    const session = message['session_id'] === undefined ? '' : textOf(message, 'session_id');
    const { sequence, sessionId, epoch } = numbersOf(own, session);
    const numbers =
      sequence === undefined
        ? {}
        : { sequenceKind: SequenceKind.DENSE, sequence, sessionId, epoch };
    const header = { flags: Flag.LAST, channelId: Channel.CONNECTION, ...numbers };
    // A line that cannot be read keeps its number, and is no gap.
    return within(header, () => {
      const body = bodyOf(message);
      const { venue, publisherId } = this.feed;
      const instrument = this.#instruments.find(publisherId, venue, textOf(message, 'symbol'));
      return instrument.events(timesOf(message, tsRecv), { ...header, body });
    });
  }
}

function sequenceOf(message: Message): Int64 {
  const value = message['sequence'];
  const isText = typeof value === 'string' && /^\d{1,20}$/.test(value);
  if (!isText) return idOf(message, 'sequence');
  const number = Number(value);
  return idOf({ sequence: Number.isSafeInteger(number) ? number : BigInt(value) }, 'sequence');
}

function bodyOf(message: Message): EventBody {
  switch (message['rtype']) {
    case 'TRADE':
      return {
        case: 'trade',
        value: {
          price: bareDecimalOf(message['price'], 'price'),
          size: bareDecimalOf(message['size'], 'size'),
          aggressorSide: wordOf(AggressorSide, message, 'aggressor_side', 'NO_AGGRESSOR'),
          tradeId: optionalText(message, 'trade_id'),
        },
      };
    case 'QUOTE':
      return {
        case: 'quote',
        value: {
          bidPx: decimalOr(message, 'bid_px', UNDEF_PRICE),
          bidSz: decimalOr(message, 'bid_sz', 0),
          askPx: decimalOr(message, 'ask_px', UNDEF_PRICE),
          askSz: decimalOr(message, 'ask_sz', 0),
          isIndicative: message['is_indicative'] === true,
        },
      };
    case 'ORDER_EVENT':
      return { case: 'orderEvent', value: orderOf(message) };
    default:
      throw unknownKind({ type: message['rtype'] }, 'TRADE, QUOTE and ORDER_EVENT');
  }
}

const orderOf = (message: Message) => ({
  orderId: textOf(message, 'order_id'),
  clientOrderId: optionalText(message, 'client_order_id'),
  account: optionalText(message, 'account'),
  action: wordOf(OrderAction, message, 'action'),
  side: wordOf(OrderSide, message, 'side'),
  orderType: wordOf(OrderType, message, 'order_type', 'UNSPECIFIED'),
  timeInForce: wordOf(TimeInForce, message, 'time_in_force', 'UNSPECIFIED'),
  price: BigInt(decimalOr(message, 'price', 0)),
  size: BigInt(decimalOr(message, 'size', 0)),
  leavesSize: BigInt(decimalOr(message, 'leaves_size', 0)),
  lastPrice: BigInt(decimalOr(message, 'last_price', 0)),
  lastSize: BigInt(decimalOr(message, 'last_size', 0)),
  tradeId: optionalText(message, 'trade_id'),
  reason: optionalText(message, 'reason'),
});

/** A word of an enum; `missing` where there is none, unless one is needed. */
function wordOf<Value extends number>(
  words: Readonly<Record<string, string | Value>>,
  message: Message,
  name: string,
  missing?: string,
): Value {
  const word = message[name] ?? missing;
  const value = typeof word === 'string' && !/^\d/.test(word) ? words[word] : undefined;
  if (typeof value === 'number') return value;
  const allowed = Object.keys(words).filter((each) => !/^\d|^UNSPECIFIED$/.test(each));
  throw badField(name, word, `one of ${allowed.join(', ')}`);
}

const decimalOr = (message: Message, name: string, missing: Int64): Int64 =>
  (message[name] ?? undefined) === undefined ? missing : bareDecimalOf(message[name], name);

const optionalText = (message: Message, name: string): string =>
  (message[name] ?? '') === '' ? '' : textOf(message, name);

/** `ts_event` in nanoseconds since 1970, best in quotes, or as ISO 8601. */
function timesOf(message: Message, tsRecv: bigint): Times {
  const value = message['ts_event'];
  if (value === undefined) return receiveTime(tsRecv);
  const isBare = typeof value === 'bigint' || Number.isSafeInteger(value);
  const text = isBare ? `${value as bigint | number}` : value;
  const nanos = typeof text === 'string' ? nanosOf(text) : undefined;
  if (nanos !== undefined && nanos < INT64_END) return venueTime(nanos, tsRecv);
  throw badField('ts_event', value, 'nanoseconds since 1970 or a time of ISO 8601');
}

const nanosOf = (text: string): bigint | undefined =>
  /^\d{1,19}$/.test(text) ? BigInt(text) : parseNewsTime(text);
