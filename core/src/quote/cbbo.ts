import { ConsolidatedState } from '@feedmill/proto/feedmill/v1/event_pb';
import { type Int64, UNDEF_PRICE } from '../event.ts';
import type { AssetPair } from '../reference/asset-pair.ts';

/** The best bid and offer of an asset pair over its venues, and who shows them. */
export interface Cbbo {
  readonly pair: AssetPair;
  readonly bidPx: Int64;
  readonly bidSz: Int64;
  /** 0 where there is no bid. */
  readonly bidInstrumentId: bigint;
  readonly bidPublisherId: number;
  readonly askPx: Int64;
  readonly askSz: Int64;
  readonly askInstrumentId: bigint;
  readonly askPublisherId: number;
  /** Venues whose quote counts, and those that have quoted but whose quote does not count now. */
  readonly venuesLive: number;
  readonly venuesStale: number;
  readonly state: ConsolidatedState;
  /** The earliest receive time among the quotes that count, ns; 0 where none does. */
  readonly oldestTsRecv: bigint;
  /** Quotes passed over since the one before, because another source knew newer ones. */
  readonly supersededQuotes: number;
}

/** How the two sides stand to each other. */
export function consolidatedState(bidPx: Int64, askPx: Int64): ConsolidatedState {
  const hasBid = bidPx !== UNDEF_PRICE;
  const hasAsk = askPx !== UNDEF_PRICE;
  if (!hasBid && !hasAsk) return ConsolidatedState.EMPTY;
  if (!hasBid || !hasAsk) return ConsolidatedState.ONE_SIDED;
  if (bidPx === askPx) return ConsolidatedState.LOCKED;
  return bidPx > askPx ? ConsolidatedState.CROSSED : ConsolidatedState.NORMAL;
}
