import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { AggressorSide, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';

const symbol: FeedSymbol = { publisherId: 1, venue: 'XNAS', rawSymbol: 'AAPL' };

/** A trade whose id says which one it is. */
export function sampleTrade(number: number, tradeId = `t${number}`): FeedEvent {
  const tsEvent = 1_700_000_000_000_000_000n + BigInt(number);
  return {
    symbol,
    tsEvent,
    tsEventSource: TsEventSource.VENUE,
    tsRecv: tsEvent,
    body: {
      case: 'trade',
      value: { price: 190_000_000_000, size: 1e9, aggressorSide: AggressorSide.BUY, tradeId },
    },
  };
}

/** `count` trades numbered from `first`. */
export function sampleTrades(count: number, first = 1): FeedEvent[] {
  return Array.from({ length: count }, (_, index) => sampleTrade(first + index));
}
