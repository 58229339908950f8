import {
  type BookLevelBody,
  type Int64,
  type QuoteBody,
  type TradeBody,
  UNDEF_PRICE,
} from '@feedmill/core/event';
import { canonicalInt64 } from '@feedmill/core/fixed-point';
import {
  AggressorSide,
  BookAction,
  ConsolidatedState,
  Side,
  StatusAction,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { MessageFault } from '../../venues/rejection.ts';

// The records of DBN, field by field: little-endian, without padding. Prices are mantissas times
// 1e-9 already, sizes whole units. https://databento.com/docs/schemas-and-data-formats

const NANOS = 1_000_000_000;
const NANOS_BIG = 1_000_000_000n;
const INT64_MAX = 9_223_372_036_854_775_807n;

/** Bytes of the header that every record begins with. */
export const HEADER_BYTES = 16;

/** What kind of record it is. */
export const RType = {
  TRADE: 0x00,
  MBP_1: 0x01,
  MBP_10: 0x0a,
  STATUS: 0x12,
  DEFINITION: 0x13,
  IMBALANCE: 0x14,
  ERROR: 0x15,
  SYMBOL_MAPPING: 0x16,
  SYSTEM: 0x17,
  STATISTICS: 0x18,
  OHLCV_1S: 0x20,
  OHLCV_1M: 0x21,
  OHLCV_1H: 0x22,
  OHLCV_1D: 0x23,
  MBO: 0xa0,
  CMBP_1: 0xb1,
  CBBO_1S: 0xc0,
  CBBO_1M: 0xc1,
  TCBBO: 0xc2,
  BBO_1S: 0xc3,
  BBO_1M: 0xc4,
} as const;

/** The venue's times and number of a record, where its kind has them. */
export interface RecordTimes {
  readonly tsRecv: bigint;
  readonly tsInDelta: number | undefined;
  readonly sequence: number | undefined;
}

/** MBO keeps the four behind its order id; all other kinds behind the trade. */
export function mboTimes(record: Buffer): RecordTimes {
  return {
    tsRecv: record.readBigInt64LE(40),
    tsInDelta: record.readInt32LE(48),
    sequence: record.readUInt32LE(52),
  };
}

export function tradeTimes(record: Buffer): RecordTimes {
  return {
    tsRecv: record.readBigInt64LE(32),
    tsInDelta: record.readInt32LE(40),
    sequence: record.readUInt32LE(44),
  };
}

/** Quotes that are sampled have no delay of one message. */
export function sampledTimes(record: Buffer, hasSequence: boolean): RecordTimes {
  return {
    tsRecv: record.readBigInt64LE(32),
    tsInDelta: undefined,
    sequence: hasSequence ? record.readUInt32LE(44) : undefined,
  };
}

export const tradeFlags = (record: Buffer): number => record[30] ?? 0;
export const mboFlags = (record: Buffer): number => record[36] ?? 0;
export const isTrade = (record: Buffer): boolean => record[28] === 0x54;

/** The trade in a record of trades, mbp or cmbp. */
export function tradeOf(record: Buffer): TradeBody {
  return {
    price: priceAt(record, 16),
    size: unitsAt(record, 24),
    aggressorSide: aggressorOf(record[29]),
    tradeId: '',
  };
}

/** The trade in a record of mbo. */
export function mboTradeOf(record: Buffer): TradeBody {
  return {
    price: priceAt(record, 24),
    size: unitsAt(record, 32),
    aggressorSide: aggressorOf(record[39]),
    tradeId: '',
  };
}

export const isMboTrade = (record: Buffer): boolean => record[38] === 0x54;

/** The change in a record of mbo. Its order is named, so a size of 0 is none. */
export function mboChangeOf(record: Buffer) {
  const action = ACTIONS[letterOf(record[38])];
  if (action === undefined) {
    throw new MessageFault(
      'bad_field',
      `action is '${letterOf(record[38])}' where A, C, M, R, T or F was expected`,
    );
  }
  const isClear = action === BookAction.CLEAR;
  return {
    action,
    side: sideOf(record[39]),
    price: isClear ? UNDEF_PRICE : priceAt(record, 24),
    size: isClear ? 0 : unitsAt(record, 32),
    orderId: canonicalInt64(record.readBigUInt64LE(16)),
  };
}

const ACTIONS: Readonly<Record<string, BookAction>> = {
  A: BookAction.ADD,
  C: BookAction.CANCEL,
  M: BookAction.MODIFY,
  R: BookAction.CLEAR,
  T: BookAction.TRADE,
  F: BookAction.FILL,
};

/** Bytes of a pair of levels, and where the first lies. */
const LEVEL_BYTES = 32;
const LEVELS_AT = 48;

/** The best bid and offer in a record of mbp or bbo. */
export function quoteOf(record: Buffer): QuoteBody {
  const at = LEVELS_AT;
  return {
    ...sides(record, at),
    bidCt: record.readUInt32LE(at + 24),
    askCt: record.readUInt32LE(at + 28),
  };
}

function sides(record: Buffer, at: number) {
  return {
    bidPx: priceAt(record, at),
    askPx: priceAt(record, at + 8),
    bidSz: unitsAt(record, at + 16),
    askSz: unitsAt(record, at + 20),
  };
}

/** The levels in a record of mbp-10, best first. */
export function levelsOf(record: Buffer, count: number) {
  const bids: BookLevelBody[] = [];
  const asks: BookLevelBody[] = [];
  for (let place = 0; place < count; place += 1) {
    const at = LEVELS_AT + place * LEVEL_BYTES;
    const { bidPx, bidSz, askPx, askSz } = sides(record, at);
    const bidCount = record.readUInt32LE(at + 24);
    const askCount = record.readUInt32LE(at + 28);
    if (bidPx !== UNDEF_PRICE) bids.push({ price: bidPx, size: bidSz, count: bidCount });
    if (askPx !== UNDEF_PRICE) asks.push({ price: askPx, size: askSz, count: askCount });
  }
  return { bids, asks };
}

/** The consolidated quote in a record of cmbp or cbbo: each side with its publisher. */
export function consolidatedOf(record: Buffer, publisherOf: (dbnId: number) => number) {
  const { bidPx, bidSz, askPx, askSz } = sides(record, LEVELS_AT);
  const hasBid = bidPx !== UNDEF_PRICE;
  const hasAsk = askPx !== UNDEF_PRICE;
  let state: ConsolidatedState = ConsolidatedState.NORMAL;
  if (!hasBid || !hasAsk) state = ConsolidatedState.ONE_SIDED;
  else if (bidPx === askPx) state = ConsolidatedState.LOCKED;
  else if (bidPx > askPx) state = ConsolidatedState.CROSSED;
  return {
    bidPx: BigInt(bidPx),
    bidSz: BigInt(bidSz),
    bidPb: hasBid ? publisherOf(record.readUInt16LE(LEVELS_AT + 24)) : 0,
    askPx: BigInt(askPx),
    askSz: BigInt(askSz),
    askPb: hasAsk ? publisherOf(record.readUInt16LE(LEVELS_AT + 28)) : 0,
    state,
    oldestTsRecv: record.readBigInt64LE(32),
  };
}

/** Length of a bar in seconds, and its name in a bar type. */
export const BAR_STEPS: Readonly<Record<number, { seconds: bigint; name: string }>> = {
  [RType.OHLCV_1S]: { seconds: 1n, name: 'SECOND' },
  [RType.OHLCV_1M]: { seconds: 60n, name: 'MINUTE' },
  [RType.OHLCV_1H]: { seconds: 3600n, name: 'HOUR' },
  [RType.OHLCV_1D]: { seconds: 86_400n, name: 'DAY' },
};

/** Prices and volume of a bar. */
export function barOf(record: Buffer) {
  const volume = record.readBigUInt64LE(48) * NANOS_BIG;
  if (volume > INT64_MAX) {
    const units = record.readBigUInt64LE(48);
    const what = `volume is ${units}, which 64 bits do not hold to nine decimals`;
    throw new MessageFault('number_inexact', what);
  }
  return {
    open: record.readBigInt64LE(16),
    high: record.readBigInt64LE(24),
    low: record.readBigInt64LE(32),
    close: record.readBigInt64LE(40),
    volume,
    isFinal: true,
  };
}

/** Databento's actions that have one of ours; the others leave the rest of the status to speak. */
const STATUS_ACTIONS: Readonly<Record<number, StatusAction>> = {
  1: StatusAction.PRE_OPEN,
  7: StatusAction.TRADING,
  8: StatusAction.HALT,
  9: StatusAction.PAUSE,
  10: StatusAction.HALT,
  12: StatusAction.CLOSE,
  13: StatusAction.CLOSE,
  14: StatusAction.SHORT_SELL_RESTRICTION,
  15: StatusAction.CLOSE,
};

/** What a record of status says. */
export function statusOf(record: Buffer) {
  const action = record.readUInt16LE(24);
  const reason = record.readUInt16LE(26);
  return {
    action: STATUS_ACTIONS[action] ?? StatusAction.UNSPECIFIED,
    reason: `action ${action}, reason ${reason}, event ${record.readUInt16LE(28)}`,
    isTrading: record[30] === 0x59,
    isQuoting: record[31] === 0x59,
  };
}

/** Length of a record of each kind, without a time of sending behind it. */
export const RECORD_BYTES: Readonly<Record<number, number>> = {
  [RType.TRADE]: 48,
  [RType.MBP_1]: 80,
  [RType.MBP_10]: 368,
  [RType.STATUS]: 40,
  [RType.OHLCV_1S]: 56,
  [RType.OHLCV_1M]: 56,
  [RType.OHLCV_1H]: 56,
  [RType.OHLCV_1D]: 56,
  [RType.MBO]: 56,
  [RType.CMBP_1]: 80,
  [RType.CBBO_1S]: 80,
  [RType.CBBO_1M]: 80,
  [RType.TCBBO]: 80,
  [RType.BBO_1S]: 80,
  [RType.BBO_1M]: 80,
};

function priceAt(record: Buffer, at: number): Int64 {
  return canonicalInt64(record.readBigInt64LE(at));
}

/** Whole units as a mantissa times 1e-9: 2^32 of them fit 64 bits. */
function unitsAt(record: Buffer, at: number): Int64 {
  const units = record.readUInt32LE(at);
  const mantissa = units * NANOS;
  return Number.isSafeInteger(mantissa) ? mantissa : BigInt(units) * NANOS_BIG;
}

const letterOf = (byte: number | undefined): string => String.fromCharCode(byte ?? 0);

/** The side of a trade is its aggressor's: A sold, B bought. */
function aggressorOf(byte: number | undefined): AggressorSide {
  switch (letterOf(byte)) {
    case 'A':
      return AggressorSide.SELL;
    case 'B':
      return AggressorSide.BUY;
    default:
      return AggressorSide.NO_AGGRESSOR;
  }
}

function sideOf(byte: number | undefined): Side {
  switch (letterOf(byte)) {
    case 'A':
      return Side.ASK;
    case 'B':
      return Side.BID;
    default:
      return Side.UNSPECIFIED;
  }
}
