import type { EventView } from '@feedmill/core/wire/event-view';
import type {
  ConsolidatedQuote,
  Correction,
  Definition,
  FeedStatus,
  Gap,
  Status,
} from '@feedmill/proto/feedmill/v1/event_pb';
import type { CopyBuffer } from './copy-buffer.ts';
import { EVENT_COLUMNS, type RowIds, writeEventHeader } from './event-row.ts';

export const CONSOLIDATED_QUOTE_COLUMNS = [
  ...EVENT_COLUMNS,
  'bid_px',
  'bid_sz',
  'ask_px',
  'ask_sz',
  'oldest_ts_recv',
  'bid_pb',
  'ask_pb',
  'venues_live',
  'venues_stale',
  'state',
] as const;

export function writeConsolidatedQuoteRow(
  copy: CopyBuffer,
  event: EventView,
  body: ConsolidatedQuote,
  ids: RowIds,
): void {
  writeEventHeader(copy, CONSOLIDATED_QUOTE_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.bidPx);
  copy.int64FromBigint(body.bidSz);
  copy.int64FromBigint(body.askPx);
  copy.int64FromBigint(body.askSz);
  copy.int64FromBigint(body.oldestTsRecv);
  copy.int32(body.bidPb);
  copy.int32(body.askPb);
  copy.int32(body.venuesLive);
  copy.int32(body.venuesStale);
  copy.int16(body.state);
}

export const STATUS_COLUMNS = [
  ...EVENT_COLUMNS,
  'action',
  'is_trading',
  'is_quoting',
  'reason',
] as const;

export function writeStatusRow(
  copy: CopyBuffer,
  event: EventView,
  body: Status,
  ids: RowIds,
): void {
  writeEventHeader(copy, STATUS_COLUMNS.length, event, ids);
  copy.int16(body.action);
  copy.bool(body.isTrading);
  copy.bool(body.isQuoting);
  copy.textOrNull(body.reason);
}

export const DEFINITION_COLUMNS = [
  ...EVENT_COLUMNS,
  'min_price_increment',
  'lot_size',
  'multiplier',
  'expiration',
  'strike_price',
  'valid_from',
  'valid_to',
  'instrument_class',
  'allows_negative_price',
  'instrument',
  'base',
  'quote',
  'isin',
  'figi',
] as const;

export function writeDefinitionRow(
  copy: CopyBuffer,
  event: EventView,
  body: Definition,
  ids: RowIds,
): void {
  writeEventHeader(copy, DEFINITION_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.minPriceIncrement);
  copy.int64FromBigint(body.lotSize);
  copy.int64FromBigint(body.multiplier);
  copy.int64FromBigint(body.expiration);
  copy.int64FromBigint(body.strikePrice);
  copy.int64FromBigint(body.validFrom);
  copy.int64FromBigint(body.validTo);
  copy.int16(body.instrumentClass);
  copy.bool(body.allowsNegativePrice);
  copy.text(body.instrument);
  copy.textOrNull(body.base);
  copy.textOrNull(body.quote);
  copy.textOrNull(body.isin);
  copy.textOrNull(body.figi);
}

export const CORRECTION_COLUMNS = [
  ...EVENT_COLUMNS,
  'original_ts_event',
  'price',
  'size',
  'kind',
  'corrects_trade_id',
] as const;

export function writeCorrectionRow(
  copy: CopyBuffer,
  event: EventView,
  body: Correction,
  ids: RowIds,
): void {
  writeEventHeader(copy, CORRECTION_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.originalTsEvent);
  copy.int64FromBigint(body.price);
  copy.int64FromBigint(body.size);
  copy.int16(body.kind);
  copy.text(body.correctsTradeId);
}

export const GAP_REPORT_COLUMNS = [
  ...EVENT_COLUMNS,
  'first_missing',
  'last_missing',
  'ts_detected',
  'ts_repaired',
  'cause',
  'repaired_by',
] as const;

export function writeGapReportRow(
  copy: CopyBuffer,
  event: EventView,
  body: Gap,
  ids: RowIds,
): void {
  writeEventHeader(copy, GAP_REPORT_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.firstMissing);
  copy.int64FromBigint(body.lastMissing);
  copy.int64FromBigint(body.tsDetected);
  copy.int64FromBigint(body.tsRepaired);
  copy.int16(body.cause);
  copy.int16(body.repairedBy);
}

export const FEED_STATUS_COLUMNS = [
  ...EVENT_COLUMNS,
  'receive_age_ns',
  'venue_age_ns',
  'state',
  'reason',
] as const;

export function writeFeedStatusRow(
  copy: CopyBuffer,
  event: EventView,
  body: FeedStatus,
  ids: RowIds,
): void {
  writeEventHeader(copy, FEED_STATUS_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.receiveAgeNs);
  copy.int64FromBigint(body.venueAgeNs);
  copy.int16(body.state);
  copy.textOrNull(body.reason);
}
