import { create } from '@bufbuild/protobuf';
import { type FeedEvent, UNDEF_PRICE } from '@feedmill/core/event';
import { stableId } from '@feedmill/core/stable-id';
import {
  ConsolidatedState,
  FeedState,
  InstrumentClass,
  StatusAction,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { LatestRequestSchema, QuoteStanding } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { DAY, event } from '../process/testing/processed-rows.ts';
import { TestJournal } from '../process/testing/test-journal.ts';
import { LatestDesk } from './latest-desk.ts';

const symbolOf = (venue: string) => ({ publisherId: 1, venue, rawSymbol: 'BTC' });
const defined = (venue: string): FeedEvent => {
  const instrumentClass = InstrumentClass.SPOT;
  const value = { instrument: `BTC.${venue}`, instrumentClass, base: 'BTC', quote: 'USD' };
  return event({ case: 'definition', value }, { symbol: symbolOf(venue) });
};
const quote = (venue: string, bidPx: number, changes: Partial<FeedEvent> = {}): FeedEvent =>
  event(
    { case: 'quote', value: { bidPx, bidSz: 1, askPx: bidPx + 2, askSz: 3 } },
    { symbol: symbolOf(venue), ...changes },
  );
const status = (venue: string, action: StatusAction): FeedEvent =>
  event({ case: 'status', value: { action } }, { symbol: symbolOf(venue) });

/** A journal with two venues, and the desk of it. */
function deskOf(journal: TestJournal) {
  const desk = new LatestDesk({
    processor: journal.processor,
    acknowledgedPosition: () => 99,
    nameOf: (producerId) => (producerId === stableId('p') ? 'p' : 'q'),
    limits: LIMITS,
  });
  return (instruments: string[], assetPairs: string[] = []) =>
    desk.answer(create(LatestRequestSchema, { instruments, assetPairs }));
}

function twoVenues(): TestJournal {
  const journal = new TestJournal();
  journal.adopt('q');
  journal.send(defined('A'), quote('A', 100));
  journal.sendOf('q', defined('B'), quote('B', 101));
  return journal;
}

it('tells the newest quote of an instrument, and the best of a pair', () => {
  const journal = twoVenues();
  const response = deskOf(journal)(['BTC.B', 'BTC.A', 'BTC.NOWHERE'], ['BTC/USD-SPOT', 'X/Y-SPOT']);
  expect(response).toMatchObject({ position: 4n, tsInit: DAY, acknowledgedPosition: 99n });
  expect(response.quotes).toMatchObject([
    { instrument: 'BTC.B', producer: 'q', bidPx: 101n, askSz: 3n, standing: QuoteStanding.LIVE },
    {
      instrument: 'BTC.A',
      instrumentId: stableId('BTC.A'),
      producer: 'p',
      producerSequence: 2n,
      tsEvent: DAY,
      tsRecv: DAY,
      bidPx: 100n,
    },
  ]);
  expect(response.pairQuotes).toMatchObject([
    {
      assetPair: 'BTC/USD-SPOT',
      bidInstrumentId: stableId('BTC.B'),
      quote: { bidPx: 101n, askPx: 102n, state: ConsolidatedState.NORMAL, venuesLive: 2 },
    },
  ]);
});

it('says why a quote does not count', () => {
  const journal = twoVenues();
  const latest = deskOf(journal);
  const standing = () => latest(['BTC.A']).quotes[0]?.standing;
  journal.send(status('A', StatusAction.HALT));
  expect(standing()).toBe(QuoteStanding.HALTED);
  journal.send(status('A', StatusAction.TRADING), quote('A', 100));
  expect(standing()).toBe(QuoteStanding.LIVE);
  journal.send(event({ case: 'feedStatus', value: { state: FeedState.DISCONNECTED } }));
  expect(standing()).toBe(QuoteStanding.DISCONNECTED);
});

it('of two feeds of one instrument tells the newest that counts', () => {
  const journal = twoVenues();
  const latest = deskOf(journal);
  const told = () => latest(['BTC.A']).quotes.map(({ bidPx, producer }) => [bidPx, producer]);
  journal.sendOf('q', defined('A'), quote('A', 103, { tsEvent: DAY + 1n }));
  expect(told()).toEqual([[103n, 'q']]);
  journal.send(quote('A', 104));
  expect(told()).toEqual([[103n, 'q']]);
  journal.sendOf('q', event({ case: 'feedStatus', value: { state: FeedState.DISCONNECTED } }));
  expect(told()).toEqual([[104n, 'p']]);
});

it('an instrument that is halted before its first quote has no prices', () => {
  const journal = new TestJournal();
  journal.send(defined('A'), status('A', StatusAction.HALT));
  expect(deskOf(journal)(['BTC.A']).quotes).toMatchObject([
    { standing: QuoteStanding.HALTED, bidPx: UNDEF_PRICE, askPx: UNDEF_PRICE },
  ]);
});

it('refuses more names at once than are allowed, and says both numbers', () => {
  const names = Array.from({ length: LIMITS.latestNamesMax }, (_, index) => `I${index}.V`);
  const latest = deskOf(new TestJournal());
  expect(latest(names).quotes).toEqual([]);
  expect(() => latest(names, ['A/B-SPOT'])).toThrow(/1025 .* were asked for; 1024 are allowed/);
});
