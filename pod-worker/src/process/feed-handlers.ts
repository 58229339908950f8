import { epochSeconds } from '@feedmill/core/epoch-time';
import { type FeedSymbol, Flag } from '@feedmill/core/event';
import { canonicalInt64 } from '@feedmill/core/fixed-point';
import { assetPairOf } from '@feedmill/core/reference/asset-pair';
import { type ProducerWindows, TradeOutcome } from '@feedmill/core/window/producer-windows';
import {
  BarSchema,
  ConsolidatedQuoteSchema,
  type Correction,
  CorrectionKind,
  CorrectionSchema,
  type Definition,
  DefinitionSchema,
  type FeedStatus,
  FeedStatusSchema,
  type Gap,
  GapSchema,
  OrderEventSchema,
  type Status,
  StatusSchema,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { writeOrderEventRow, writeVendorBarRow } from '@feedmill/store/copy/document-rows';
import {
  writeConsolidatedQuoteRow,
  writeCorrectionRow,
  writeDefinitionRow,
  writeFeedStatusRow,
  writeGapReportRow,
  writeStatusRow,
} from '@feedmill/store/copy/feed-rows';
import { decodeChecked } from './decode-body.ts';
import { checkKeyText } from './event-checks.ts';
import type { EventContext, ProducerInstrument } from './event-context.ts';
import { EventFault } from './event-fault.ts';
import { idHash } from './id-hash.ts';

const CANONICAL_NAME = /^[^\s.]+(\.[^\s.]+)+$/;
const HALF = 0xffff_ffffn;

export function handleStatus(context: EventContext): Status {
  const status = decodeChecked(context, StatusSchema);
  writeStatusRow(context.rows.copies.plain('status'), context.event, status, context.ids);
  return status;
}

export function handleOrderEvent(context: EventContext): void {
  const { event } = context;
  const order = decodeChecked(context, OrderEventSchema);
  const copy = context.rows.copies.daily('order_event', event.tsEventHi, event.tsEventLo);
  writeOrderEventRow(copy, event, order, context.ids);
}

export function handleVendorBar(context: EventContext): void {
  const bar = decodeChecked(context, BarSchema);
  writeVendorBarRow(context.rows.copies.plain('vendor_bar'), context.event, bar, context.ids);
}

export function handleConsolidatedQuote(context: EventContext): void {
  const { event } = context;
  const quote = decodeChecked(context, ConsolidatedQuoteSchema);
  const copy = context.rows.copies.daily('consolidated_quote', event.tsEventHi, event.tsEventLo);
  writeConsolidatedQuoteRow(copy, event, quote, context.ids);
}

/** What a definition says, checked, and written as a row and as the instrument's current view. */
export function handleDefinition(
  context: EventContext,
  symbol: FeedSymbol,
  nameOf: (definition: Definition) => bigint,
): Definition {
  const definition = decodeChecked(context, DefinitionSchema);
  if (!CANONICAL_NAME.test(definition.instrument)) {
    throw new EventFault(
      'INSTRUMENT_NAME',
      `instrument is '${definition.instrument}'; SYMBOL.VENUE is expected.`,
    );
  }
  checkKeyText('venue', symbol.venue);
  checkKeyText('raw_symbol', symbol.rawSymbol);
  checkKeyText('instrument', definition.instrument);
  const id = nameOf(definition);
  context.ids.instrumentIdHi = Number(id >> 32n);
  context.ids.instrumentIdLo = Number(id & HALF);
  writeDefinitionRow(
    context.rows.copies.plain('definition'),
    context.event,
    definition,
    context.ids,
  );
  context.rows.instruments.push({
    instrumentId: id,
    name: definition.instrument,
    venue: symbol.venue,
    rawSymbol: symbol.rawSymbol,
    publisherId: symbol.publisherId,
    instrumentClass: definition.instrumentClass,
    base: definition.base,
    quote: definition.quote,
    minPriceIncrement: definition.minPriceIncrement,
    lotSize: definition.lotSize,
    multiplier: definition.multiplier,
    expiration: definition.expiration,
    strikePrice: definition.strikePrice,
    validFrom: definition.validFrom,
    validTo: definition.validTo,
    allowsNegativePrice: definition.allowsNegativePrice,
    isin: definition.isin,
    figi: definition.figi,
    pair: assetPairOf(
      definition.instrumentClass,
      definition.base,
      definition.quote,
      definition.multiplier,
    ),
  });
  context.rows.symbols.push({
    publisherId: symbol.publisherId,
    venue: symbol.venue,
    rawSymbol: symbol.rawSymbol,
    validFrom: definition.validFrom,
    validTo: definition.validTo,
    instrumentId: id,
  });
  return definition;
}

/** A correction or cancel of a trade: a row, and the bars of that trade anew. */
export function handleCorrection(
  context: EventContext,
  instrument: ProducerInstrument,
  windows: ProducerWindows,
): void {
  const correction = decodeChecked(context, CorrectionSchema);
  const outcome = correctBars(correction, instrument, windows);
  if ((outcome & (TradeOutcome.LATE | TradeOutcome.TOO_LATE)) !== 0) context.ids.flags |= Flag.LATE;
  const copy = context.rows.copies.plain('correction');
  writeCorrectionRow(copy, context.event, correction, context.ids);
}

function correctBars(
  correction: Correction,
  instrument: ProducerInstrument,
  windows: ProducerWindows,
): number {
  const id = Buffer.from(correction.correctsTradeId);
  idHash.hash(id, 0, id.length);
  const at = BigInt.asIntN(64, correction.originalTsEvent);
  const seconds = epochSeconds(Number(at >> 32n), Number(at & HALF));
  if (correction.kind === CorrectionKind.CANCEL) {
    return windows.cancelTrade(instrument.windows, seconds, idHash.lo, idHash.hi);
  }
  if (correction.kind !== CorrectionKind.CORRECT) return TradeOutcome.UNKNOWN;
  if (correction.size < 0n) {
    throw new EventFault('SIZE_NEGATIVE', `size is ${correction.size}e-9.`);
  }
  if (correction.price < 0n && !instrument.known.allowsNegativePrice) {
    throw new EventFault('PRICE_NEGATIVE', `price is ${correction.price}e-9.`);
  }
  return windows.correctTrade(
    instrument.windows,
    seconds,
    idHash.lo,
    idHash.hi,
    canonicalInt64(correction.price),
    canonicalInt64(correction.size),
  );
}

/** What the producer says of its feed. */
export function handleFeedStatus(context: EventContext): FeedStatus {
  const status = decodeChecked(context, FeedStatusSchema);
  writeFeedStatusRow(context.rows.copies.plain('feed_status'), context.event, status, context.ids);
  return status;
}

/** A gap that the producer itself reports. */
export function handleGapReport(context: EventContext): Gap {
  const gap = decodeChecked(context, GapSchema);
  writeGapReportRow(context.rows.copies.plain('gap_report'), context.event, gap, context.ids);
  return gap;
}
