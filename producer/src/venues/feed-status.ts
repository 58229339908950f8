import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { type FeedState, type GapCause, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from './channels.ts';

/** What a source says of its feed. */
export interface FeedStatusBody {
  readonly state: FeedState;
  readonly reason: string;
  readonly gapCause?: GapCause;
  readonly receiveAgeNs?: bigint;
  readonly venueAgeNs?: bigint;
}

/**
 * The event by which a source says how its feed stands.
 *
 * @param symbol the feed as a whole, or an instrument of it
 */
export const feedStatusEvent = (
  symbol: FeedSymbol,
  value: FeedStatusBody,
  tsEvent: bigint,
  tsRecv: bigint,
): FeedEvent => ({
  symbol,
  tsEvent,
  tsEventSource: TsEventSource.RECV_FALLBACK,
  tsRecv,
  channelId: Channel.FEED,
  body: { case: 'feedStatus', value },
});
