import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  BarSchema,
  ConsolidatedQuoteSchema,
  CorrectionSchema,
  DefinitionSchema,
  FeedStatusSchema,
  GapSchema,
  NewsSchema,
  OrderEventSchema,
  RejectedSchema,
  StatusSchema,
} from '@feedmill/proto/feedmill/v1/event_pb';
import type { EventBody, FeedEvent, FeedSymbol, QuoteBody, TradeBody } from '../event.ts';
import { writeBookDelta, writeBookSnapshot } from './book-writer.ts';
import {
  BatchTag,
  BodyField,
  EventTag,
  QuoteTag,
  SymbolTag,
  TradeTag,
  WireType,
} from './wire-format.ts';
import { WireWriter } from './wire-writer.ts';

// Fixed-size header fields of an event together: 5 times 9 bytes, 7 varints of 6, tags and length.
const EVENT_HEADER_BYTES_MAX = 128;
const BODY_FIXED_BYTES_MAX = 128;
const FIRST_SEQUENCE_OFFSET = 1;

/**
 * Serializes a Batch by hand: the same bytes that the generated code would accept, at a fraction
 * of its cost (docs/decisions). A symbol is written into the dictionary before its first event.
 */
export class BatchWriter {
  readonly #wire = new WireWriter();
  #symbols = new Map<FeedSymbol, number>();
  #eventCount = 0;

  constructor() {
    this.reset();
  }

  /** Events added since the last reset. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** Size of the batch so far. */
  get byteLength(): number {
    return this.#wire.length;
  }

  reset(): void {
    this.#wire.reset();
    this.#wire.fixed64Field(BatchTag.FIRST_SEQUENCE, 0);
    this.#symbols.clear();
    this.#eventCount = 0;
  }

  add(event: FeedEvent): void {
    const wire = this.#wire;
    const symbol = this.#symbolIndex(event.symbol);
    wire.reserve(EVENT_HEADER_BYTES_MAX);
    const mark = wire.beginMessage(BatchTag.EVENT);
    wire.varintField(EventTag.SYMBOL, symbol);
    wire.fixed64Field(EventTag.TS_EVENT, event.tsEvent);
    wire.varintField(EventTag.TS_EVENT_SOURCE, event.tsEventSource);
    wire.fixed64Field(EventTag.TS_RECV, event.tsRecv);
    if (event.tsInDelta !== undefined) {
      wire.varintField(EventTag.TS_IN_DELTA, (event.tsInDelta << 1) ^ (event.tsInDelta >> 31));
    }
    wire.varintField(EventTag.FLAGS, event.flags);
    wire.varintField(EventTag.CHANNEL_ID, event.channelId);
    wire.varintField(EventTag.EPOCH, event.epoch);
    wire.varintField(EventTag.SEQUENCE_KIND, event.sequenceKind);
    if (event.sequence !== undefined) wire.fixed64Field(EventTag.SEQUENCE, event.sequence);
    if (event.sequenceEnd !== undefined) {
      wire.fixed64Field(EventTag.SEQUENCE_END, event.sequenceEnd);
    }
    if (event.prevSequence !== undefined) {
      wire.fixed64Field(EventTag.PREV_SEQUENCE, event.prevSequence);
    }
    wire.textField(EventTag.SESSION_ID, event.sessionId);
    wire.bytesField(EventTag.EVENT_KEY, event.eventKey);
    this.#body(event.body);
    wire.endMessage(mark);
    this.#eventCount += 1;
  }

  /** The serialized batch, numbered from `firstSequence`. The writer may be reset afterwards. */
  finish(firstSequence: number): Buffer {
    this.#wire.patchFixed64(FIRST_SEQUENCE_OFFSET, firstSequence);
    return this.#wire.take();
  }

  #symbolIndex(symbol: FeedSymbol): number {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const index = this.#symbols.size;
    this.#symbols.set(symbol, index);
    const wire = this.#wire;
    wire.reserve(EVENT_HEADER_BYTES_MAX);
    const mark = wire.beginMessage(BatchTag.SYMBOL);
    wire.varintField(SymbolTag.PUBLISHER_ID, symbol.publisherId);
    wire.textField(SymbolTag.VENUE, symbol.venue);
    wire.textField(SymbolTag.RAW_SYMBOL, symbol.rawSymbol);
    wire.endMessage(mark);
    return index;
  }

  #body(body: EventBody): void {
    const wire = this.#wire;
    wire.reserve(BODY_FIXED_BYTES_MAX);
    switch (body.case) {
      case 'trade':
        this.#trade(body.value);
        return;
      case 'quote':
        this.#quote(body.value);
        return;
      case 'bookDelta':
        writeBookDelta(wire, bodyTag(BodyField.bookDelta), body.value);
        return;
      case 'bookSnapshot':
        writeBookSnapshot(wire, bodyTag(BodyField.bookSnapshot), body.value);
        return;
      case 'consolidatedQuote':
        this.#generated(BodyField.consolidatedQuote, ConsolidatedQuoteSchema, body.value);
        return;
      case 'bar':
        this.#generated(BodyField.bar, BarSchema, body.value);
        return;
      case 'news':
        this.#generated(BodyField.news, NewsSchema, body.value);
        return;
      case 'status':
        this.#generated(BodyField.status, StatusSchema, body.value);
        return;
      case 'definition':
        this.#generated(BodyField.definition, DefinitionSchema, body.value);
        return;
      case 'correction':
        this.#generated(BodyField.correction, CorrectionSchema, body.value);
        return;
      case 'gap':
        this.#generated(BodyField.gap, GapSchema, body.value);
        return;
      case 'feedStatus':
        this.#generated(BodyField.feedStatus, FeedStatusSchema, body.value);
        return;
      case 'orderEvent':
        this.#generated(BodyField.orderEvent, OrderEventSchema, body.value);
        return;
      case 'rejected':
        this.#generated(BodyField.rejected, RejectedSchema, body.value);
    }
  }

  #trade(trade: TradeBody): void {
    const wire = this.#wire;
    const mark = wire.beginMessage(bodyTag(BodyField.trade));
    wire.fixed64Field(TradeTag.PRICE, trade.price);
    wire.fixed64Field(TradeTag.SIZE, trade.size);
    wire.varintField(TradeTag.AGGRESSOR_SIDE, trade.aggressorSide);
    wire.textField(TradeTag.TRADE_ID, trade.tradeId);
    if (trade.saleConditions !== undefined) {
      for (const condition of trade.saleConditions) {
        wire.textField(TradeTag.SALE_CONDITION, condition);
      }
    }
    optionalBool(wire, TradeTag.UPDATES_LAST, trade.updatesLast);
    optionalBool(wire, TradeTag.UPDATES_HIGH_LOW, trade.updatesHighLow);
    optionalBool(wire, TradeTag.UPDATES_VOLUME, trade.updatesVolume);
    wire.textField(TradeTag.TRF, trade.trf);
    wire.endMessage(mark);
  }

  #quote(quote: QuoteBody): void {
    const wire = this.#wire;
    const mark = wire.beginMessage(bodyTag(BodyField.quote));
    wire.fixed64Field(QuoteTag.BID_PX, quote.bidPx);
    wire.fixed64Field(QuoteTag.BID_SZ, quote.bidSz);
    wire.varintField(QuoteTag.BID_CT, quote.bidCt);
    wire.fixed64Field(QuoteTag.ASK_PX, quote.askPx);
    wire.fixed64Field(QuoteTag.ASK_SZ, quote.askSz);
    wire.varintField(QuoteTag.ASK_CT, quote.askCt);
    wire.textField(QuoteTag.QUOTE_CONDITION, quote.quoteCondition);
    wire.varintField(QuoteTag.IS_INDICATIVE, quote.isIndicative === true ? 1 : 0);
    wire.endMessage(mark);
  }

  #generated<Schema extends DescMessage>(
    field: number,
    schema: Schema,
    value: MessageInitShape<Schema>,
  ): void {
    this.#wire.bytesField(bodyTag(field), toBinary(schema, create(schema, value)));
  }
}

function bodyTag(field: number): number {
  return (field << 3) | WireType.BYTES;
}

function optionalBool(wire: WireWriter, tag: number, value: boolean | undefined): void {
  if (value === undefined) return;
  wire.byte(tag);
  wire.byte(value ? 1 : 0);
}
