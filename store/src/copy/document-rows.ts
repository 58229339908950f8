import type { EventView } from '@feedmill/core/wire/event-view';
import type { Bar, News, NewsEntity, OrderEvent } from '@feedmill/proto/feedmill/v1/event_pb';
import type { CopyBuffer } from './copy-buffer.ts';
import { EVENT_COLUMNS, type RowIds, writeEventHeader } from './event-row.ts';

const MATCH_KINDS = [null, 'CASHTAG', 'ALIAS', 'ISIN', 'NAME', 'TICKER'] as const;
const SENTIMENTS = [null, 'POSITIVE', 'NEUTRAL', 'NEGATIVE'] as const;

export const NEWS_COLUMNS = [
  ...EVENT_COLUMNS,
  'revision',
  'sentiment_score',
  'sentiment_label',
  'is_correction',
  'news_id',
  'source',
  'headline',
  'body_ref',
  'url',
  'language',
  'model_id',
  'model_version',
  'content_hash',
  'entities',
] as const;

/** @param body with the entities and scores that the worker has added */
export function writeNewsRow(copy: CopyBuffer, event: EventView, body: News, ids: RowIds): void {
  writeEventHeader(copy, NEWS_COLUMNS.length, event, ids);
  copy.int32(body.revision);
  copy.float32(body.sentimentScore);
  copy.int16(body.sentimentLabel);
  copy.bool(body.isCorrection);
  copy.text(body.newsId);
  copy.textOrNull(body.source);
  copy.text(body.headline);
  copy.textOrNull(body.bodyRef);
  copy.textOrNull(body.url);
  copy.textOrNull(body.language);
  copy.textOrNull(body.modelId);
  copy.textOrNull(body.modelVersion);
  if (body.contentHash.length === 0) copy.nullField();
  else copy.bytes(body.contentHash, 0, body.contentHash.length);
  copy.json(body.entities.map(entityJson));
}

/** Ids as text: JSON readers round numbers beyond 2^53. */
const entityJson = (entity: NewsEntity): object => ({
  text: entity.text,
  instrument_id: String(entity.instrumentId),
  match_kind: MATCH_KINDS[entity.matchKind] ?? null,
  confidence: entity.confidence,
  sentiment_label: SENTIMENTS[entity.sentimentLabel] ?? null,
  sentiment_score: entity.sentimentScore,
});

export const ORDER_EVENT_COLUMNS = [
  ...EVENT_COLUMNS,
  'price',
  'size',
  'leaves_size',
  'last_price',
  'last_size',
  'action',
  'side',
  'order_type',
  'time_in_force',
  'order_id',
  'client_order_id',
  'account',
  'trade_id',
  'reason',
] as const;

export function writeOrderEventRow(
  copy: CopyBuffer,
  event: EventView,
  body: OrderEvent,
  ids: RowIds,
): void {
  writeEventHeader(copy, ORDER_EVENT_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.price);
  copy.int64FromBigint(body.size);
  copy.int64FromBigint(body.leavesSize);
  copy.int64FromBigint(body.lastPrice);
  copy.int64FromBigint(body.lastSize);
  copy.int16(body.action);
  copy.int16(body.side);
  copy.int16(body.orderType);
  copy.int16(body.timeInForce);
  copy.text(body.orderId);
  copy.textOrNull(body.clientOrderId);
  copy.textOrNull(body.account);
  copy.textOrNull(body.tradeId);
  copy.textOrNull(body.reason);
}

export const VENDOR_BAR_COLUMNS = [
  ...EVENT_COLUMNS,
  'open',
  'high',
  'low',
  'close',
  'volume',
  'vwap',
  'trade_count',
  'buy_volume',
  'sell_volume',
  'ts_open',
  'ts_close',
  'first_sequence',
  'last_sequence',
  'revision',
  'quality',
  'is_final',
  'bar_type',
  'notional',
] as const;

/** Writes a bar that a venue or vendor computed; ours are BarRows of a commit. */
export function writeVendorBarRow(
  copy: CopyBuffer,
  event: EventView,
  body: Bar,
  ids: RowIds,
): void {
  writeEventHeader(copy, VENDOR_BAR_COLUMNS.length, event, ids);
  copy.int64FromBigint(body.open);
  copy.int64FromBigint(body.high);
  copy.int64FromBigint(body.low);
  copy.int64FromBigint(body.close);
  copy.int64FromBigint(body.volume);
  copy.int64FromBigint(body.vwap);
  copy.int64FromBigint(body.tradeCount);
  copy.int64FromBigint(body.buyVolume);
  copy.int64FromBigint(body.sellVolume);
  copy.int64FromBigint(body.tsOpen);
  copy.int64FromBigint(body.tsClose);
  copy.int64FromBigint(body.firstSequence);
  copy.int64FromBigint(body.lastSequence);
  copy.int32(body.revision);
  copy.int16(body.quality);
  copy.bool(body.isFinal);
  copy.text(body.barType);
  copy.textOrNull(body.notional);
}
