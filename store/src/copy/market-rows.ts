import type { EventView } from '@feedmill/core/wire/event-view';
import type { QuoteView } from '@feedmill/core/wire/quote-view';
import type { TradeView } from '@feedmill/core/wire/trade-view';
import type { CopyBuffer } from './copy-buffer.ts';
import { EVENT_COLUMNS, type RowIds, writeEventHeader } from './event-row.ts';

export const TRADE_COLUMNS = [
  ...EVENT_COLUMNS,
  'price',
  'size',
  'aggressor_side',
  'update_flags',
  'trade_id',
  'conditions',
  'trf',
] as const;

/** Writes one row of feedmill.trade. The hot path: about 0.1 µs. */
export function writeTradeRow(
  copy: CopyBuffer,
  event: EventView,
  trade: TradeView,
  ids: RowIds,
): void {
  writeEventHeader(copy, TRADE_COLUMNS.length, event, ids);
  copy.int64(trade.priceHi, trade.priceLo);
  copy.int64(trade.sizeHi, trade.sizeLo);
  copy.int16(trade.aggressorSide);
  copy.int16(trade.updates);
  copy.bytes(event.bytes, trade.tradeIdStart, trade.tradeIdEnd);
  if (trade.saleConditions === undefined) copy.nullField();
  else copy.textArray(trade.saleConditions);
  if (trade.trf === undefined) copy.nullField();
  else copy.text(trade.trf);
}

export const QUOTE_COLUMNS = [
  ...EVENT_COLUMNS,
  'bid_px',
  'bid_sz',
  'ask_px',
  'ask_sz',
  'bid_ct',
  'ask_ct',
  'is_indicative',
  'quote_condition',
] as const;

/** Writes one row of feedmill.quote. */
export function writeQuoteRow(
  copy: CopyBuffer,
  event: EventView,
  quote: QuoteView,
  ids: RowIds,
): void {
  writeEventHeader(copy, QUOTE_COLUMNS.length, event, ids);
  copy.int64(quote.bidPxHi, quote.bidPxLo);
  copy.int64(quote.bidSzHi, quote.bidSzLo);
  copy.int64(quote.askPxHi, quote.askPxLo);
  copy.int64(quote.askSzHi, quote.askSzLo);
  copy.int32(quote.bidCt);
  copy.int32(quote.askCt);
  copy.bool(quote.isIndicative);
  copy.textOrNull(quote.quoteCondition);
}

export const BOOK_DELTA_COLUMNS = [
  ...EVENT_COLUMNS,
  'price',
  'size',
  'order_id',
  'change_index',
  'depth',
  'action',
  'side',
  'checksum',
] as const;

/** One change of a book, as halves (`Hi` signed, `Lo` unsigned). */
export interface BookChangeFields {
  readonly action: number;
  readonly side: number;
  readonly priceHi: number;
  readonly priceLo: number;
  readonly sizeHi: number;
  readonly sizeLo: number;
  readonly orderIdHi: number;
  readonly orderIdLo: number;
  readonly depth: number;
}

/**
 * Writes one row of feedmill.book_delta.
 *
 * @param changeIndex counts the changes of one event from 0; a snapshot's CLEAR is its first
 * @param checksum the venue's, on the last change of an event that has one
 */
export function writeBookChangeRow(
  copy: CopyBuffer,
  event: EventView,
  change: BookChangeFields,
  changeIndex: number,
  checksum: bigint | undefined,
  ids: RowIds,
): void {
  writeEventHeader(copy, BOOK_DELTA_COLUMNS.length, event, ids);
  copy.int64(change.priceHi, change.priceLo);
  copy.int64(change.sizeHi, change.sizeLo);
  copy.int64(change.orderIdHi, change.orderIdLo);
  copy.int32(changeIndex);
  copy.int32(change.depth);
  copy.int16(change.action);
  copy.int16(change.side);
  if (checksum === undefined) copy.nullField();
  else copy.int64FromBigint(checksum);
}
