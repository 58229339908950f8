import { create } from '@bufbuild/protobuf';
import type { Cbbo } from '@feedmill/core/quote/cbbo';
import { ConsolidatedQuoteSchema } from '@feedmill/proto/feedmill/v1/event_pb';
import { type PairQuote, PairQuoteSchema } from '@feedmill/proto/feedmill/v1/subscribe_pb';

/** A best bid and offer as it is sent. */
export function pairQuoteOf(cbbo: Cbbo): PairQuote {
  return create(PairQuoteSchema, {
    assetPairId: cbbo.pair.id,
    assetPair: cbbo.pair.name,
    quote: create(ConsolidatedQuoteSchema, {
      bidPx: BigInt(cbbo.bidPx),
      bidSz: BigInt(cbbo.bidSz),
      bidPb: cbbo.bidPublisherId,
      askPx: BigInt(cbbo.askPx),
      askSz: BigInt(cbbo.askSz),
      askPb: cbbo.askPublisherId,
      venuesLive: cbbo.venuesLive,
      venuesStale: cbbo.venuesStale,
      state: cbbo.state,
      oldestTsRecv: cbbo.oldestTsRecv,
    }),
    bidInstrumentId: cbbo.bidInstrumentId,
    askInstrumentId: cbbo.askInstrumentId,
    supersededQuotes: cbbo.supersededQuotes,
  });
}
