import { asEpoch, asPosition } from '@feedmill/core/brand';
import type { EventBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { describe, expect, it } from 'vitest';
import { EntryKind, type JournalEntry } from '../journal/journal-entry.ts';
import { RowBatch } from '../sink/row-batch.ts';
import { encodeAdoption } from './adoption.ts';
import { ShardProcessor } from './shard-processor.ts';

const SHARE: FeedSymbol = { publisherId: 1, venue: 'XNAS', rawSymbol: 'AAPL' };
const DAY = 1_723_075_200_000_000_000n;
const NUL = '\0';
const LONG = 'x'.repeat(2000);

function event(body: EventBody, changes: Partial<FeedEvent> = {}): FeedEvent {
  return { symbol: SHARE, tsEvent: DAY, tsEventSource: 1, tsRecv: DAY, body, ...changes };
}

const definition = (instrument: string, changes: Partial<FeedEvent> = {}): FeedEvent =>
  event({ case: 'definition', value: { instrument } }, changes);

function trade(value: object = {}, changes: Partial<FeedEvent> = {}): FeedEvent {
  const sound = { price: 5, size: 7, aggressorSide: 1, tradeId: 'one' } as const;
  return event({ case: 'trade', value: { ...sound, ...value } }, changes);
}

function entry(position: number, kind: EntryKind, count: number, payload: Buffer): JournalEntry {
  return {
    kind,
    shard: 0,
    epoch: asEpoch(1),
    position: asPosition(position),
    durablePosition: asPosition(0),
    previousHash: 0n,
    producerId: 7n,
    incarnation: 1n,
    firstSequence: 1,
    eventCount: count,
    skipCount: 0,
    tsInit: DAY,
    payload,
  };
}

/** Processes a definition and then the events, as one batch. */
function process(events: readonly FeedEvent[]): RowBatch {
  const processor = new ShardProcessor({ storeBookDeltas: true, allowedLatenessMs: 5000 });
  const rows = new RowBatch();
  const adoption = { name: 'p', lastSequence: 0, incarnation: 1n, state: new Uint8Array(0) };
  processor.process(entry(1, EntryKind.ADOPT, 0, encodeAdoption(adoption)), rows);
  const writer = new BatchWriter();
  for (const each of [definition('AAPL.XNAS'), ...events]) writer.add(each);
  processor.process(entry(2, EntryKind.BATCH, events.length + 1, writer.finish(1)), rows);
  return rows;
}

const reasons = (rows: RowBatch): string[] => rows.deadLetters.map(({ reason }) => reason);

describe('an event whose row Postgres would refuse', () => {
  // Each of these once ended the worker, or got into bars that then had no trade for it.
  it.each<[string, FeedEvent]>([
    ['a zero character in a sale condition', trade({ saleConditions: [NUL] })],
    ['a zero character in the facility', trade({ trf: NUL })],
    [
      'a zero character in a quote condition',
      event({
        case: 'quote',
        value: { bidPx: 1, bidSz: 1, askPx: 2, askSz: 1, quoteCondition: NUL },
      }),
    ],
    ['a zero character in a headline', event({ case: 'news', value: { headline: NUL } })],
    [
      'a zero character in an entity of a headline',
      event({ case: 'news', value: { entities: [{ text: NUL }] } }),
    ],
    ['a session id with a zero character', trade({}, { sessionId: NUL })],
    ['a session id too long for a key', trade({}, { sessionId: LONG })],
    ['an instrument name too long for a key', definition(`${LONG}.XNAS`)],
    [
      'a raw symbol too long for a key',
      definition('A.B', { symbol: { ...SHARE, rawSymbol: LONG } }),
    ],
    ['a venue with a zero character', definition('A.B', { symbol: { ...SHARE, venue: NUL } })],
  ])('becomes a dead letter: %s', (_what, bad) => {
    const rows = process([bad, trade()]);
    expect(reasons(rows)).toEqual(['TEXT_INVALID']);
    expect(rows.instruments).toHaveLength(1);
    expect(
      rows.copies.daily('trade', Number(DAY >> 32n), Number(DAY & 0xffff_ffffn)).rowCount,
    ).toBe(1);
  });
});

describe('an enum that is not one of its numbers', () => {
  it.each<[string, FeedEvent]>([
    ['negative', event({ case: 'status', value: { action: -1 as 0 } })],
    ['too high', event({ case: 'status', value: { action: 70_000 as 0 } })],
    ['a side', event({ case: 'orderEvent', value: { action: 1, side: 3 as 0 } })],
    ['an order type', event({ case: 'orderEvent', value: { action: 1, orderType: 9 as 0 } })],
    ['a sentiment', event({ case: 'news', value: { sentimentLabel: 4 as 0 } })],
    ["an entity's", event({ case: 'news', value: { entities: [{ matchKind: -3 as 0 }] } })],
    ['a cause', event({ case: 'gap', value: { cause: 99 as 0 } })],
    ['a quality', event({ case: 'bar', value: { quality: 5 as 0 } })],
    ['a state', event({ case: 'consolidatedQuote', value: { state: 5 as 0 } })],
    [
      'an action in a book',
      event({
        case: 'bookDelta',
        value: { changes: [{ action: -1 as 0, side: 1, price: 1, size: 1 }] },
      }),
    ],
  ])('makes the event a dead letter: %s', (_what, bad) => {
    expect(reasons(process([bad]))).toEqual(['ENUM_UNKNOWN']);
  });
});

it('a batch with a symbol that is not UTF-8 costs its own events only', () => {
  const processor = new ShardProcessor({ storeBookDeltas: false, allowedLatenessMs: 5000 });
  const rows = new RowBatch();
  const adoption = { name: 'p', lastSequence: 0, incarnation: 1n, state: new Uint8Array(0) };
  processor.process(entry(1, EntryKind.ADOPT, 0, encodeAdoption(adoption)), rows);
  const writer = new BatchWriter();
  writer.add(definition('AAPL.XNAS'));
  writer.add(trade({}, { symbol: { ...SHARE, rawSymbol: 'EVIL' } }));
  writer.add(trade());
  const payload = writer.finish(1);
  payload[payload.indexOf('EVIL')] = 0xff;
  processor.process(entry(2, EntryKind.BATCH, 3, payload), rows);
  expect(rows.deadLetters).toMatchObject([
    { producerSequence: 2, reason: 'UNDECODABLE', instrumentId: 0n },
  ]);
});
