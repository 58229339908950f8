import { stableId } from '@feedmill/core/stable-id';
import type { Queryable } from './progress.ts';

/** Newest first; the key of each partition is read backwards until there are enough. */
const SELECT_LAST_TRADES = `
select t.ts_event, t.price, t.size, t.aggressor_side, t.trade_id, t.producer_id,
  t.producer_sequence
from feedmill.trade t
where t.instrument_id = $1
order by t.ts_event desc, t.producer_id desc, t.producer_sequence desc
limit $2`;

const SELECT_LATEST_QUOTE = `
select q.ts_event, q.bid_px, q.bid_sz, q.ask_px, q.ask_sz, q.producer_id, q.producer_sequence
from feedmill.quote q
where q.instrument_id = $1
order by q.ts_event desc, q.producer_id desc, q.producer_sequence desc
limit 1`;

const SELECT_BARS = `
select b.ts_event, b.open, b.high, b.low, b.close, b.volume, b.notional, b.vwap, b.trade_count,
  b.revision, b.is_final, b.quality, b.producer_id
from feedmill.bar b
where b.instrument_id = $1 and b.step_ms = $2 and b.ts_event >= $3 and b.ts_event < $4
order by b.ts_event, b.producer_id`;

/** Times in ns, prices and sizes as mantissas times 1e-9. */
export interface TradeRecord {
  readonly tsEvent: bigint;
  readonly price: bigint;
  readonly size: bigint;
  /** AggressorSide of event.proto. */
  readonly aggressorSide: number;
  readonly tradeId: string;
  readonly producerId: bigint;
  readonly producerSequence: number;
}

export interface QuoteRecord {
  readonly tsEvent: bigint;
  readonly bidPx: bigint;
  readonly bidSz: bigint;
  readonly askPx: bigint;
  readonly askSz: bigint;
  readonly producerId: bigint;
  readonly producerSequence: number;
}

export interface BarRecord {
  readonly tsEvent: bigint;
  readonly open: bigint;
  readonly high: bigint;
  readonly low: bigint;
  readonly close: bigint;
  readonly volume: bigint;
  /** Mantissa times 1e-18. */
  readonly notional: bigint;
  readonly vwap: bigint;
  readonly tradeCount: number;
  readonly revision: number;
  readonly isFinal: boolean;
  /** BarQuality of event.proto. */
  readonly quality: number;
  readonly producerId: bigint;
}

/** int8 and numeric come as text. */
type AsText<Column extends string> = Readonly<Record<Column, string>>;

type TradeRow = AsText<
  'ts_event' | 'price' | 'size' | 'trade_id' | 'producer_id' | 'producer_sequence'
> & { readonly aggressor_side: number };

/** The last trades of an instrument (SYMBOL.VENUE), newest first. */
export async function selectLastTrades(
  db: Queryable,
  instrument: string,
  limit: number,
): Promise<TradeRecord[]> {
  const { rows } = await db.query<TradeRow>(SELECT_LAST_TRADES, [stableId(instrument), limit]);
  return rows.map((row) => ({
    tsEvent: BigInt(row.ts_event),
    price: BigInt(row.price),
    size: BigInt(row.size),
    aggressorSide: row.aggressor_side,
    tradeId: row.trade_id,
    producerId: BigInt(row.producer_id),
    producerSequence: Number(row.producer_sequence),
  }));
}

type QuoteRow = AsText<
  'ts_event' | 'bid_px' | 'bid_sz' | 'ask_px' | 'ask_sz' | 'producer_id' | 'producer_sequence'
>;

/** The latest quote of an instrument; undefined where there is none. */
export async function selectLatestQuote(
  db: Queryable,
  instrument: string,
): Promise<QuoteRecord | undefined> {
  const { rows } = await db.query<QuoteRow>(SELECT_LATEST_QUOTE, [stableId(instrument)]);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    tsEvent: BigInt(row.ts_event),
    bidPx: BigInt(row.bid_px),
    bidSz: BigInt(row.bid_sz),
    askPx: BigInt(row.ask_px),
    askSz: BigInt(row.ask_sz),
    producerId: BigInt(row.producer_id),
    producerSequence: Number(row.producer_sequence),
  };
}

type BarRow = AsText<
  | 'ts_event'
  | 'open'
  | 'high'
  | 'low'
  | 'close'
  | 'volume'
  | 'notional'
  | 'vwap'
  | 'trade_count'
  | 'producer_id'
> & { readonly revision: number; readonly is_final: boolean; readonly quality: number };

/** Bars of an instrument that begin from `from` up to and without `to` (ns), oldest first. */
export async function selectBars(
  db: Queryable,
  instrument: string,
  stepMs: number,
  from: bigint,
  to: bigint,
): Promise<BarRecord[]> {
  const { rows } = await db.query<BarRow>(SELECT_BARS, [stableId(instrument), stepMs, from, to]);
  return rows.map((row) => ({
    tsEvent: BigInt(row.ts_event),
    open: BigInt(row.open),
    high: BigInt(row.high),
    low: BigInt(row.low),
    close: BigInt(row.close),
    volume: BigInt(row.volume),
    notional: BigInt(row.notional),
    vwap: BigInt(row.vwap),
    tradeCount: Number(row.trade_count),
    revision: row.revision,
    isFinal: row.is_final,
    quality: row.quality,
    producerId: BigInt(row.producer_id),
  }));
}
