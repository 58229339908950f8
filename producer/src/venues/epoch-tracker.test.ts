import type { FeedEvent } from '@feedmill/core/event';
import { SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { EpochTracker } from './epoch-tracker.ts';

const SYMBOL = { publisherId: 1, venue: 'X', rawSymbol: 'A' };

/** A numbered event; `at` is the venue's time, without it the venue gives none. */
function numbered(sequence: number, at?: number): FeedEvent {
  return {
    symbol: SYMBOL,
    tsEvent: BigInt(at ?? 0),
    tsEventSource: at === undefined ? TsEventSource.RECV_FALLBACK : TsEventSource.VENUE,
    tsRecv: 0n,
    channelId: 3,
    sequenceKind: SequenceKind.DENSE,
    sequence,
    body: { case: 'bookDelta', value: { changes: [] } },
  };
}

const snapshot = (asOfSequence: number, at: number): FeedEvent => {
  const { sequence: _sequence, sequenceKind: _kind, ...header } = numbered(0, at);
  return {
    ...header,
    body: { case: 'bookSnapshot', value: { bids: [], asks: [], asOfSequence } },
  };
};

const epochs = (events: readonly FeedEvent[]): (number | undefined)[] => {
  const tracker = new EpochTracker();
  tracker.open(0);
  return events.map((event) => tracker.take(event, 0).epoch);
};

describe('EpochTracker', () => {
  it('opens an epoch where numbers go back while the time of the venue goes on', () => {
    const events = [numbered(100, 1), numbered(101, 2), numbered(1, 3), numbered(2, 4)];
    expect(epochs(events)).toEqual([undefined, undefined, 1, 1]);
  });

  it('does not take what comes again or late for a new start', () => {
    const events = [numbered(100, 1), numbered(101, 2), numbered(100, 1), numbered(101, 2)];
    expect(epochs([...events, numbered(102, 2)])).toEqual(Array(5).fill(undefined));
  });

  it('asks for a number below half where the venue gives no time', () => {
    expect(epochs([numbered(100), numbered(60), numbered(10)])).toEqual([undefined, undefined, 1]);
  });

  it('is not misled by a REST snapshot that is behind, and led by one that starts over', () => {
    const events = [numbered(100, 1), snapshot(95, 9), numbered(101, 10), snapshot(3, 11)];
    expect(epochs([...events, numbered(4, 12)])).toEqual([undefined, undefined, undefined, 1, 1]);
  });

  it('tells what the first snapshot after an interruption stands for', () => {
    const tracker = new EpochTracker();
    tracker.open(0);
    const take = (event: FeedEvent) => {
      const replaced = tracker.replacedBy(event);
      tracker.take(event, 0);
      return replaced;
    };
    const uninterrupted = [numbered(1, 1), snapshot(5, 2), numbered(6, 3)].map(take);
    expect(uninterrupted).toEqual([undefined, undefined, undefined]);
    tracker.interrupt();
    expect(take(snapshot(9, 4))).toEqual({ firstMissing: 7, lastMissing: 9 });
    expect(take(snapshot(12, 5))).toBeUndefined();
    tracker.interrupt();
    const later = new EpochTracker(tracker.known());
    later.open(0);
    expect(later.replacedBy(snapshot(20, 6))).toEqual({ firstMissing: 13, lastMissing: 20 });
    // What follows by number shows by itself what is missing.
    expect(take(numbered(30, 7))).toBeUndefined();
    expect(take(snapshot(40, 8))).toBeUndefined();
  });

  it('keeps a line that is behind in the epoch of before', () => {
    const tracker = new EpochTracker();
    tracker.open(0);
    tracker.open(1);
    const steps = [
      [0, numbered(100, 10)],
      [1, numbered(100, 10)],
      [0, numbered(1, 20)],
      [1, numbered(101, 11)],
      [1, numbered(1, 20)],
      [1, numbered(2, 21)],
      [0, numbered(2, 21)],
    ] as const;
    const seen = steps.map(([line, event]) => tracker.take(event, line).epoch);
    expect(seen).toEqual([undefined, undefined, 1, undefined, 1, 1, 1]);
  });

  it('goes on from what an earlier run has kept', () => {
    const before = new EpochTracker();
    before.open(0);
    for (const event of [numbered(100, 1), numbered(1, 2)]) before.take(event, 0);
    const after = new EpochTracker(before.known());
    after.open(0);
    expect(after.take(numbered(2, 3), 0).epoch).toBe(1);
    expect(after.take(numbered(1, 4), 0).epoch).toBe(2);
  });
});
