import { stableId } from '@feedmill/core/stable-id';
import type { Queryable } from './progress.ts';

/** Newest first; the key of each partition is read backwards until there are enough. */
const SELECT_CBBOS = `
select c.ts_init, c.ts_event, c.bid_px, c.bid_sz, c.bid_instrument_id, c.ask_px, c.ask_sz,
  c.ask_instrument_id, c.venues_live, c.venues_stale, c.state, c.oldest_ts_recv,
  c.superseded_quotes, c.shard, c.position, c.row_index
from feedmill.cbbo c
where c.asset_pair_id = $1 and c.ts_init < $2
order by c.ts_init desc, c.shard desc, c.position desc, c.row_index desc
limit $3`;

const EVER = 9_223_372_036_854_775_807n;

/** Times in ns, prices and sizes as mantissas times 1e-9; an instrument id of 0: no such side. */
export interface CbboRecord {
  readonly tsInit: bigint;
  readonly tsEvent: bigint;
  readonly bidPx: bigint;
  readonly bidSz: bigint;
  readonly bidInstrumentId: bigint;
  readonly askPx: bigint;
  readonly askSz: bigint;
  readonly askInstrumentId: bigint;
  readonly venuesLive: number;
  readonly venuesStale: number;
  /** ConsolidatedState of event.proto. */
  readonly state: number;
  readonly oldestTsRecv: bigint;
  readonly supersededQuotes: number;
  readonly shard: number;
  readonly position: number;
  readonly rowIndex: number;
}

/** int8 comes as text. */
type CbboColumns = Readonly<
  Record<
    | 'ts_init'
    | 'ts_event'
    | 'bid_px'
    | 'bid_sz'
    | 'bid_instrument_id'
    | 'ask_px'
    | 'ask_sz'
    | 'ask_instrument_id'
    | 'oldest_ts_recv'
    | 'position',
    string
  > &
    Record<'venues_live' | 'venues_stale' | 'superseded_quotes' | 'state', number> &
    Record<'shard' | 'row_index', number>
>;

/**
 * The last best bids and offers of an asset pair (`BTC/USD-SPOT`), newest first.
 *
 * @param before ns of the journal's time; whatever is from then on is left out
 */
export async function selectCbbos(
  db: Queryable,
  assetPair: string,
  limit: number,
  before: bigint = EVER,
): Promise<CbboRecord[]> {
  const values = [stableId(assetPair), before, limit];
  const { rows } = await db.query<CbboColumns>(SELECT_CBBOS, values);
  return rows.map((row) => ({
    tsInit: BigInt(row.ts_init),
    tsEvent: BigInt(row.ts_event),
    bidPx: BigInt(row.bid_px),
    bidSz: BigInt(row.bid_sz),
    bidInstrumentId: BigInt(row.bid_instrument_id),
    askPx: BigInt(row.ask_px),
    askSz: BigInt(row.ask_sz),
    askInstrumentId: BigInt(row.ask_instrument_id),
    venuesLive: row.venues_live,
    venuesStale: row.venues_stale,
    state: row.state,
    oldestTsRecv: BigInt(row.oldest_ts_recv),
    supersededQuotes: row.superseded_quotes,
    shard: row.shard,
    position: Number(row.position),
    rowIndex: row.row_index,
  }));
}
