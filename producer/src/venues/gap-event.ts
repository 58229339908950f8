import type { FeedEvent } from '@feedmill/core/event';
import { type GapCause, GapRepair, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import type { MissingRange } from './epoch-tracker.ts';

/** The event that says what never came, or, with `repairedBy`, that it no longer matters. */
export function gapEvent(
  header: Pick<FeedEvent, 'symbol' | 'channelId' | 'sessionId' | 'epoch'>,
  { firstMissing, lastMissing }: MissingRange,
  cause: GapCause,
  tsRecv: bigint,
  repairedBy: GapRepair = GapRepair.NONE,
): FeedEvent {
  return {
    ...header,
    tsEvent: tsRecv,
    tsEventSource: TsEventSource.RECV_FALLBACK,
    tsRecv,
    body: {
      case: 'gap',
      value: {
        firstMissing: BigInt(firstMissing),
        lastMissing: BigInt(lastMissing),
        cause,
        repairedBy,
        tsDetected: tsRecv,
        tsRepaired: repairedBy === GapRepair.NONE ? 0n : tsRecv,
      },
    },
  };
}
