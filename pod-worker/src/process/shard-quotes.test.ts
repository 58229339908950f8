import { type FeedEvent, type FeedSymbol, UNDEF_PRICE } from '@feedmill/core/event';
import { stableId } from '@feedmill/core/stable-id';
import {
  BarQuality,
  ConsolidatedState,
  FeedState,
  InstrumentClass,
  SequenceKind,
  StatusAction,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import type { RowBatch } from '../sink/row-batch.ts';
import { DAY, event, trade } from './testing/processed-rows.ts';
import { TestJournal } from './testing/test-journal.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

const symbolOf = (venue: string): FeedSymbol => ({ publisherId: 1, venue, rawSymbol: 'BTC' });
const defined = (venue: string): FeedEvent => {
  const instrumentClass = InstrumentClass.SPOT;
  const value = { instrument: `BTC.${venue}`, instrumentClass, base: 'BTC', quote: 'USD' };
  return event({ case: 'definition', value }, { symbol: symbolOf(venue) });
};
const quote = (venue: string, bidPx: number, askPx: number, changes: Partial<FeedEvent> = {}) =>
  event(
    { case: 'quote', value: { bidPx, bidSz: 1, askPx, askSz: 1 } },
    { symbol: symbolOf(venue), ...changes },
  );
const feedStatus = (state: FeedState, receiveAgeNs = 0n, changes: Partial<FeedEvent> = {}) =>
  event(
    { case: 'feedStatus', value: { state, receiveAgeNs } },
    { symbol: { ...symbolOf('A'), rawSymbol: '' }, ...changes },
  );
const status = (venue: string, action: StatusAction, changes: Partial<FeedEvent> = {}) =>
  event({ case: 'status', value: { action } }, { symbol: symbolOf(venue), ...changes });

const told = ({ cbbos }: RowBatch) =>
  cbbos.map(({ cbbo }) => [cbbo.bidPx, cbbo.askPx, cbbo.venuesLive, cbbo.venuesStale]);

/** Two venues of one pair, each with a feed of its own. */
function twoVenues(): TestJournal {
  const journal = new TestJournal();
  journal.adopt('q');
  journal.sendOf('p', defined('A'), quote('A', 99, 101));
  journal.sendOf('q', defined('B'), quote('B', 98, 100));
  return journal;
}

describe('quotes of several producers', () => {
  it('make a row of the best bid and offer, with what has changed it', () => {
    const { rows } = twoVenues();
    expect(rows.cbbos).toMatchObject([
      {
        cbbo: {
          pair: { name: 'BTC/USD-SPOT' },
          bidPx: 99,
          bidInstrumentId: stableId('BTC.A'),
          askPx: 100,
          askInstrumentId: stableId('BTC.B'),
          venuesLive: 2,
          state: ConsolidatedState.NORMAL,
          oldestTsRecv: DAY,
        },
        tsEvent: DAY,
        tsInit: DAY,
        position: 4,
        rowIndex: 0,
      },
    ]);
  });

  it('count the rows of one entry', () => {
    const journal = twoVenues();
    const { cbbos } = journal.send(quote('A', 97, 101), quote('A', 98, 101));
    expect(cbbos.map(({ rowIndex }) => rowIndex)).toEqual([0, 1]);
  });

  it('of one feed that come out of order do not go back in time', () => {
    const journal = twoVenues();
    expect(told(journal.send(quote('A', 95, 101, { tsEvent: DAY - 1n })))).toEqual([]);
    expect(told(journal.send(quote('A', 96, 101)))).toEqual([[98, 100, 2, 0]]);
    expect(journal.rows.cbbos[0]?.cbbo.supersededQuotes).toBe(1);
  });

  it('that are refused change nothing', () => {
    const journal = twoVenues();
    expect(told(journal.send(quote('A', -5, 101)))).toEqual([]);
    expect(journal.rows.deadLetters).toHaveLength(1);
  });
});

describe('a quote is withdrawn', () => {
  it('when its feed says that it is cut off, and comes back with the next one', () => {
    const journal = twoVenues();
    expect(told(journal.send(feedStatus(FeedState.DISCONNECTED)))).toEqual([[98, 100, 1, 1]]);
    expect(told(journal.send(feedStatus(FeedState.CONNECTED)))).toEqual([]);
    expect(told(journal.send(quote('A', 99, 101)))).toEqual([[99, 100, 2, 0]]);
  });

  it('when something is missing of its channel', () => {
    const journal = twoVenues();
    const numbered = (sequence: number): FeedEvent =>
      trade({}, { symbol: symbolOf('A'), sequenceKind: SequenceKind.DENSE, sequence });
    expect(told(journal.send(numbered(1), numbered(2)))).toEqual([]);
    expect(told(journal.send(numbered(4)))).toEqual([[98, 100, 1, 1]]);
  });

  it('not by a gap that its own message shows: what it says is of after the gap', () => {
    const journal = twoVenues();
    const numbered = (sequence: number): FeedEvent =>
      quote('A', 99, 101, { sequenceKind: SequenceKind.DENSE, sequence });
    journal.send(numbered(1));
    expect(told(journal.send(numbered(4)))).toEqual([
      [98, 100, 1, 1],
      [99, 100, 2, 0],
    ]);
  });

  it('when its book is resynced, it alone', () => {
    const journal = twoVenues();
    journal.send(defined('C'), quote('C', 99, 101));
    const resync = feedStatus(FeedState.RESYNCING, 0n, { symbol: symbolOf('A') });
    expect(told(journal.send(resync))).toEqual([[99, 100, 2, 1]]);
  });

  it('while its instrument is halted', () => {
    const journal = twoVenues();
    expect(told(journal.send(status('A', StatusAction.HALT)))).toEqual([[98, 100, 1, 1]]);
    expect(told(journal.send(quote('A', 99, 101)))).toEqual([]);
    expect(told(journal.send(status('A', StatusAction.TRADING)))).toEqual([]);
    expect(told(journal.send(quote('A', 99, 101)))).toEqual([[99, 100, 2, 0]]);
  });

  it('when the producer leaves the shard', () => {
    const journal = twoVenues();
    journal.clear();
    journal.release('p');
    expect(told(journal.rows)).toEqual([[98, 100, 1, 0]]);
    expect(journal.rows.cbbos[0]?.tsEvent).toBe(journal.tsInit);
  });

  it('when nothing came of its feed for too long, by the time of the journal', () => {
    const journal = twoVenues();
    journal.wait(9_000);
    journal.sendOf('q', quote('B', 98, 100));
    journal.wait(1_500);
    expect(told(journal.sendOf('q', quote('B', 98, 100)))).toEqual([[98, 100, 1, 1]]);
    expect(told(journal.send(trade({}, { symbol: symbolOf('A') })))).toEqual([[99, 100, 2, 0]]);
  });

  it('when it was not renewed for longer than the settings in force say', () => {
    const journal = twoVenues();
    journal.settings({ quoteAgeMaxMs: 200, feedSilenceMaxMs: 60_000 });
    journal.wait(1_000);
    const rows = journal.sendOf('q', quote('B', 98, 100));
    expect(told(rows)).toEqual([
      [98, 100, 1, 1],
      [UNDEF_PRICE, UNDEF_PRICE, 0, 2],
      [98, 100, 1, 1],
    ]);
  });

  it('when its feed says that it is stale, until that speaks again', () => {
    const journal = twoVenues();
    expect(told(journal.send(feedStatus(FeedState.STALE)))).toEqual([[98, 100, 1, 1]]);
    expect(told(journal.send(trade({}, { symbol: symbolOf('A') })))).toEqual([[99, 100, 2, 0]]);
  });
});

describe('bars', () => {
  const at = (seconds: number): Partial<FeedEvent> => ({
    tsEvent: DAY + BigInt(seconds) * NANOS_PER_SECOND,
  });
  const tradeAt = (seconds: number): FeedEvent =>
    trade({ tradeId: `${seconds}` }, { symbol: symbolOf('A'), ...at(seconds) });
  /** The last revision of each one-second bar, by its second. */
  const qualities = (...batches: RowBatch[]) => {
    const found: Record<number, number> = {};
    for (const { bars } of batches) {
      for (const { stepMs, tsEvent, quality } of bars) {
        if (stepMs === 1000) found[Number((tsEvent - DAY) / NANOS_PER_SECOND)] = quality;
      }
    }
    return found;
  };

  it('of the time in which a feed says it was silent are STALE', () => {
    const journal = new TestJournal();
    const rows = [
      journal.send(feedStatus(FeedState.CONNECTED), defined('A'), tradeAt(1), tradeAt(3)),
      journal.send(feedStatus(FeedState.STALE, 4n * NANOS_PER_SECOND, at(7))),
      journal.send(tradeAt(9), tradeAt(10), tradeAt(11)),
    ];
    const { OK, STALE } = BarQuality;
    expect(qualities(...rows)).toEqual({ 1: OK, 3: STALE, 9: STALE, 10: OK });
  });

  it('of the time in which an instrument is halted are PARTIAL', () => {
    const journal = new TestJournal();
    const rows = journal.send(
      feedStatus(FeedState.CONNECTED),
      defined('A'),
      tradeAt(1),
      tradeAt(3),
      status('A', StatusAction.HALT, at(3)),
      tradeAt(5),
      status('A', StatusAction.TRADING, at(7)),
      tradeAt(7),
      tradeAt(9),
    );
    const { OK, PARTIAL } = BarQuality;
    expect(qualities(rows)).toEqual({ 1: OK, 3: PARTIAL, 5: PARTIAL, 7: OK });
  });

  it('after silence are not PARTIAL: the connection was there', () => {
    const journal = new TestJournal();
    const rows = journal.send(
      feedStatus(FeedState.CONNECTED),
      defined('A'),
      tradeAt(1),
      feedStatus(FeedState.STALE, 0n, at(2)),
      feedStatus(FeedState.CONNECTED, 0n, at(4)),
      tradeAt(6),
      tradeAt(7),
    );
    expect(qualities(rows)).toEqual({ 1: BarQuality.OK, 6: BarQuality.OK });
  });
});

it('a shard that goes on from a checkpoint makes the best of one that went through', () => {
  const run = (isRestarted: boolean) => {
    const journal = twoVenues();
    const step = (): void => {
      if (isRestarted) journal.restart();
    };
    const found = [];
    step();
    found.push(...journal.send(quote('A', 97, 101)).cbbos);
    step();
    journal.wait(9_950);
    found.push(...journal.send(status('A', StatusAction.HALT)).cbbos);
    step();
    journal.wait(60);
    found.push(...journal.send(feedStatus(FeedState.STALE)).cbbos);
    step();
    found.push(...journal.sendOf('q', quote('B', 96, 102)).cbbos);
    found.push(...journal.send(status('A', StatusAction.TRADING), quote('A', 97, 101)).cbbos);
    return found;
  };
  const through = run(false);
  expect(run(true)).toEqual(through);
  expect(through.length).toBeGreaterThan(3);
});

it('a shard that has lost a producer with its journal goes on with the others', () => {
  const journal = twoVenues();
  journal.restartWithout('q');
  expect(told(journal.send(quote('A', 97, 101)))).toEqual([[97, 101, 1, 0]]);
});
