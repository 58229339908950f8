/**
 * The protobuf wire format (protobuf.dev/programming-guides/encoding) and the field numbers of
 * `feedmill/v1/event.proto` and `ingest.proto` that the hand-written codec knows. The tests hold
 * the codec against the generated one, field by field.
 */
export const WireType = { VARINT: 0, FIXED64: 1, BYTES: 2, FIXED32: 5 } as const;

/** A tag is `field number << 3 | wire type`. */
export const BatchTag = {
  FIRST_SEQUENCE: (1 << 3) | WireType.FIXED64,
  SYMBOL: (2 << 3) | WireType.BYTES,
  EVENT: (3 << 3) | WireType.BYTES,
} as const;

export const SymbolTag = {
  PUBLISHER_ID: (1 << 3) | WireType.VARINT,
  VENUE: (2 << 3) | WireType.BYTES,
  RAW_SYMBOL: (3 << 3) | WireType.BYTES,
} as const;

export const EventTag = {
  SYMBOL: (1 << 3) | WireType.VARINT,
  TS_EVENT: (2 << 3) | WireType.FIXED64,
  TS_EVENT_SOURCE: (3 << 3) | WireType.VARINT,
  TS_RECV: (4 << 3) | WireType.FIXED64,
  TS_IN_DELTA: (5 << 3) | WireType.VARINT,
  FLAGS: (6 << 3) | WireType.VARINT,
  CHANNEL_ID: (7 << 3) | WireType.VARINT,
  SESSION_ID: (8 << 3) | WireType.BYTES,
  EPOCH: (9 << 3) | WireType.VARINT,
  SEQUENCE_KIND: (10 << 3) | WireType.VARINT,
  SEQUENCE: (11 << 3) | WireType.FIXED64,
  SEQUENCE_END: (12 << 3) | WireType.FIXED64,
  PREV_SEQUENCE: (13 << 3) | WireType.FIXED64,
  EVENT_KEY: (14 << 3) | WireType.BYTES,
} as const;

/** Field number of each body in the event's oneof: what kind of record it is. */
export const BodyField = {
  trade: 16,
  quote: 17,
  consolidatedQuote: 18,
  bookDelta: 19,
  bookSnapshot: 20,
  bar: 21,
  news: 22,
  status: 23,
  definition: 24,
  correction: 25,
  gap: 26,
  feedStatus: 27,
  orderEvent: 28,
  rejected: 29,
} as const;

export const BODY_FIELD_MIN = BodyField.trade;
export const BODY_FIELD_MAX = BodyField.rejected;

export const TradeTag = {
  PRICE: (1 << 3) | WireType.FIXED64,
  SIZE: (2 << 3) | WireType.FIXED64,
  AGGRESSOR_SIDE: (3 << 3) | WireType.VARINT,
  TRADE_ID: (4 << 3) | WireType.BYTES,
  SALE_CONDITION: (5 << 3) | WireType.BYTES,
  UPDATES_LAST: (6 << 3) | WireType.VARINT,
  UPDATES_HIGH_LOW: (7 << 3) | WireType.VARINT,
  UPDATES_VOLUME: (8 << 3) | WireType.VARINT,
  TRF: (9 << 3) | WireType.BYTES,
} as const;

export const QuoteTag = {
  BID_PX: (1 << 3) | WireType.FIXED64,
  BID_SZ: (2 << 3) | WireType.FIXED64,
  BID_CT: (3 << 3) | WireType.VARINT,
  ASK_PX: (4 << 3) | WireType.FIXED64,
  ASK_SZ: (5 << 3) | WireType.FIXED64,
  ASK_CT: (6 << 3) | WireType.VARINT,
  QUOTE_CONDITION: (7 << 3) | WireType.BYTES,
  IS_INDICATIVE: (8 << 3) | WireType.VARINT,
} as const;

/** What makes bytes not a message: thrown by the readers, caught at their edges. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
