import type { FeedEvent } from '@feedmill/core/event';
import { FeedState, GapCause, GapRepair, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { DAY, event, processed, SHARE, trade } from './testing/processed-rows.ts';

const numbered = (sequence: number): FeedEvent =>
  trade({}, { channelId: 1, sequenceKind: SequenceKind.DENSE, sequence });
const status = (state: FeedState, gapCause: GapCause = GapCause.UNSPECIFIED): FeedEvent =>
  event(
    { case: 'feedStatus', value: { state, gapCause } },
    { symbol: { ...SHARE, rawSymbol: '' } },
  );
const lost = status(FeedState.DISCONNECTED, GapCause.NETWORK);
const back = status(FeedState.CONNECTED);

describe('the cause of a gap', () => {
  it('is what the feed said has happened across it, for the next event of each channel', () => {
    const { gaps } = processed([numbered(1), lost, back, numbered(5), numbered(9)]);
    expect(gaps).toMatchObject([
      { firstMissing: 2, lastMissing: 4, cause: GapCause.NETWORK },
      { firstMissing: 6, lastMissing: 8, cause: GapCause.UNKNOWN },
    ]);
  });

  it('is no matter of a feed that goes on without a hole', () => {
    expect(processed([numbered(1), lost, back, numbered(2)]).gaps).toEqual([]);
  });

  it('stays when the gap is repaired', () => {
    const { gaps } = processed([numbered(1), lost, back, numbered(3), numbered(2)]);
    expect(gaps).toMatchObject([
      { cause: GapCause.NETWORK, repairedBy: GapRepair.NONE },
      { cause: GapCause.UNSPECIFIED, repairedBy: GapRepair.RETRANSMIT, repairedCount: 1n },
    ]);
  });
});

describe('a gap that the producer reports', () => {
  const reported = (value: object): FeedEvent =>
    event({ case: 'gap', value }, { channelId: 1, symbol: SHARE });

  it('is counted once, when it is found and not when it is repaired', () => {
    const found = { firstMissing: 2n, lastMissing: 4n, cause: GapCause.OVERFLOW, repairedBy: 4 };
    const repaired = { ...found, repairedBy: GapRepair.REST, tsRepaired: DAY };
    const rows = processed([numbered(1), reported(found), reported(repaired)]);
    expect(rows.progress(7n)?.gaps).toBe(1);
    expect(rows.gaps).toMatchObject([{ repairedCount: 0 }, { repairedCount: 3n }]);
  });

  it('gives its cause to the same gap when the numbers show it', () => {
    const found = { firstMissing: 2n, lastMissing: 4n, cause: GapCause.OVERFLOW, repairedBy: 4 };
    const { gaps } = processed([numbered(1), reported(found), numbered(5)]);
    expect(gaps).toMatchObject([
      { cause: GapCause.OVERFLOW, isReported: true },
      { firstMissing: 2, lastMissing: 4, cause: GapCause.OVERFLOW, isReported: false },
    ]);
  });
});
