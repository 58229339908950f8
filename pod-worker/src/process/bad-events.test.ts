import type { FeedEvent } from '@feedmill/core/event';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { describe, expect, it } from 'vitest';
import { EntryKind } from '../journal/journal-entry.ts';
import type { RowBatch } from '../sink/row-batch.ts';
import {
  DAY,
  definition,
  event,
  journalEntry,
  processed,
  SHARE,
  startedProcessor,
  trade,
} from './testing/processed-rows.ts';

const NUL = '\0';
const LONG = 'x'.repeat(2000);

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
    const rows = processed([bad, trade()]);
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
    ['a state', event({ case: 'consolidatedQuote', value: { state: 6 as 0 } })],
    [
      'an action in a book',
      event({
        case: 'bookDelta',
        value: { changes: [{ action: -1 as 0, side: 1, price: 1, size: 1 }] },
      }),
    ],
  ])('makes the event a dead letter: %s', (_what, bad) => {
    expect(reasons(processed([bad]))).toEqual(['ENUM_UNKNOWN']);
  });
});

it('a batch with a symbol that is not UTF-8 costs its own events only', () => {
  const { processor, rows } = startedProcessor();
  const writer = new BatchWriter();
  writer.add(definition('AAPL.XNAS'));
  writer.add(trade({}, { symbol: { ...SHARE, rawSymbol: 'EVIL' } }));
  writer.add(trade());
  const payload = writer.finish(1);
  payload[payload.indexOf('EVIL')] = 0xff;
  processor.process(journalEntry(2, EntryKind.BATCH, 3, payload), rows);
  expect(rows.deadLetters).toMatchObject([
    { producerSequence: 2, reason: 'UNDECODABLE', instrumentId: 0n },
  ]);
});

describe('what a source could not make an event of', () => {
  const rejected = (value: object, changes: Partial<FeedEvent> = {}): FeedEvent =>
    event({ case: 'rejected', value }, { symbol: { ...SHARE, rawSymbol: '' }, ...changes });

  it('becomes a dead letter with its raw text, at its place in the stream', () => {
    const raw = Buffer.from('{"e":"trade"');
    const rows = processed([rejected({ reason: 1, detail: 'no JSON', raw }), trade()]);
    expect(rows.deadLetters).toMatchObject([
      { producerSequence: 2, reason: 'REJECTED_MALFORMED', message: 'no JSON', instrumentId: 0n },
    ]);
    expect(Buffer.from(rows.deadLetters[0]?.raw ?? []).equals(raw)).toBe(true);
    expect(rows.progress(7n)).toMatchObject({ deadLetters: 1, lastSequence: 3 });
  });

  it('has the instrument it speaks of, and its number is no gap', () => {
    const numbered = (sequence: number): Partial<FeedEvent> => ({
      symbol: SHARE,
      sequenceKind: 1,
      sequence,
    });
    const rows = processed([
      trade({}, numbered(1)),
      rejected({ reason: 5 }, numbered(2)),
      trade({}, numbered(3)),
    ]);
    expect(reasons(rows)).toEqual(['REJECTED_BOOK_CROSSED']);
    expect(rows.deadLetters[0]?.instrumentId).not.toBe(0n);
    expect(rows.gaps).toEqual([]);
  });

  it('says so where the reason is not one that is known', () => {
    expect(reasons(processed([rejected({ reason: 99 })]))).toEqual(['ENUM_UNKNOWN']);
  });
});
