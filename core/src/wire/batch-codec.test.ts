import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BatchSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody, FeedEvent, FeedSymbol, Int64 } from '../event.ts';
import { scanBatch } from './batch-scan.ts';
import { BatchWriter } from './batch-writer.ts';
import { EventView } from './event-view.ts';
import { bigintFromHalves, int64FromHalves } from './int64-halves.ts';
import { QuoteView } from './quote-view.ts';
import { TradeView } from './trade-view.ts';
import { BodyField } from './wire-format.ts';

const int64 = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
) as fc.Arbitrary<Int64>;
const uint64 = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const nanos = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.string({ unit: 'grapheme', maxLength: 90 });

const symbols: readonly FeedSymbol[] = [
  { publisherId: 1, venue: 'XNAS', rawSymbol: 'AAPL' },
  { publisherId: 70_000, venue: 'BINANCE', rawSymbol: 'BTCUSDT' },
  { publisherId: 0, venue: '', rawSymbol: '' },
];

const trade = fc.record(
  {
    price: int64,
    size: int64,
    aggressorSide: fc.constantFrom(0, 1, 2, 3),
    tradeId: text,
    saleConditions: fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 3 }),
    updatesLast: fc.boolean(),
    updatesHighLow: fc.boolean(),
    updatesVolume: fc.boolean(),
    trf: text,
  },
  { requiredKeys: ['price', 'size', 'aggressorSide', 'tradeId'] },
);
const quote = fc.record(
  {
    bidPx: int64,
    bidSz: int64,
    bidCt: fc.nat(),
    askPx: int64,
    askSz: int64,
    askCt: fc.nat(),
    quoteCondition: text,
    isIndicative: fc.boolean(),
  },
  { requiredKeys: ['bidPx', 'bidSz', 'askPx', 'askSz'] },
);
const level = fc.record({ price: int64, size: int64, count: fc.nat() });
const change = fc.record({
  action: fc.constantFrom(1, 2, 3, 4),
  side: fc.constantFrom(0, 1, 2),
  price: int64,
  size: int64,
  orderId: uint64,
  depth: fc.nat(),
});
const body = fc.oneof(
  fc.record({ case: fc.constant('trade' as const), value: trade }),
  fc.record({ case: fc.constant('quote' as const), value: quote }),
  fc.record({
    case: fc.constant('bookDelta' as const),
    value: fc.record({ changes: fc.array(change, { maxLength: 40 }), checksum: nanos }),
  }),
  fc.record({
    case: fc.constant('bookSnapshot' as const),
    value: fc.record({ bids: fc.array(level), asks: fc.array(level), asOfSequence: uint64 }),
  }),
  fc.record({
    case: fc.constant('news' as const),
    value: fc.record({ newsId: text, headline: fc.string({ maxLength: 400 }) }),
  }),
) as fc.Arbitrary<EventBody>;
const event = fc.record(
  {
    symbol: fc.constantFrom(...symbols),
    tsEvent: nanos,
    tsEventSource: fc.constantFrom(0, 1, 2, 3),
    tsRecv: nanos,
    tsInDelta: fc.integer(),
    flags: fc.nat(0xffff),
    channelId: fc.nat(),
    sessionId: text,
    epoch: fc.nat(),
    sequenceKind: fc.constantFrom(0, 1, 2, 3, 4),
    sequence: uint64,
    sequenceEnd: uint64,
    prevSequence: uint64,
    eventKey: fc.uint8Array({ maxLength: 200 }),
    body,
  },
  { requiredKeys: ['symbol', 'tsEvent', 'tsEventSource', 'tsRecv', 'body'] },
) as fc.Arbitrary<FeedEvent>;

function write(events: readonly FeedEvent[], firstSequence: number): Buffer {
  const writer = new BatchWriter();
  for (const each of events) writer.add(each);
  return writer.finish(firstSequence);
}

const big = (value: Int64 | undefined): bigint => BigInt(value ?? 0);

describe('the hand-written batch codec', () => {
  it('writes what the generated code reads as the same events', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 12 }),
        fc.maxSafeNat(),
        (events, first) => {
          const message = fromBinary(BatchSchema, write(events, first));
          expect(message.firstSequence).toBe(BigInt(first));
          expect(message.events.length).toBe(events.length);
          for (const [index, got] of message.events.entries()) {
            const sent = events[index] as FeedEvent;
            expect(message.symbols[got.symbol]).toMatchObject(sent.symbol);
            expect(got.tsEvent).toBe(sent.tsEvent);
            expect(got.tsRecv).toBe(sent.tsRecv);
            expect(got.tsInDelta).toBe(sent.tsInDelta ?? 0);
            expect(got.sessionId).toBe(sent.sessionId ?? '');
            expect(got.prevSequence).toBe(big(sent.prevSequence));
            expect(Buffer.from(got.eventKey)).toEqual(Buffer.from(sent.eventKey ?? []));
            expect(got.body.case).toBe(sent.body.case);
            if (got.body.case === 'trade' && sent.body.case === 'trade') {
              expect(got.body.value.price).toBe(big(sent.body.value.price));
              expect(got.body.value.tradeId).toBe(sent.body.value.tradeId);
              expect(got.body.value.updatesVolume).toBe(sent.body.value.updatesVolume);
              expect(got.body.value.saleConditions).toEqual(sent.body.value.saleConditions ?? []);
            }
            if (got.body.case === 'bookDelta' && sent.body.case === 'bookDelta') {
              expect(got.body.value.checksum).toBe(sent.body.value.checksum);
              expect(got.body.value.changes.map((each) => each.size)).toEqual(
                sent.body.value.changes.map((each) => big(each.size)),
              );
            }
            if (got.body.case === 'bookSnapshot' && sent.body.case === 'bookSnapshot') {
              expect(got.body.value.asOfSequence).toBe(big(sent.body.value.asOfSequence));
              expect(got.body.value.bids.length).toBe(sent.body.value.bids.length);
            }
            if (got.body.case === 'news' && sent.body.case === 'news') {
              expect(got.body.value.headline).toBe(sent.body.value.headline ?? '');
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads what the generated code wrote as the same events', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
        const message = fromBinary(BatchSchema, write(events, 7));
        const bytes = toBinary(BatchSchema, create(BatchSchema, message));
        expect(scanBatch(bytes)).toEqual({ firstSequence: 7, eventCount: events.length });
        const view = new EventView();
        const tradeView = new TradeView();
        const quoteView = new QuoteView();
        view.reset(bytes);
        for (const got of message.events) {
          expect(view.next()).toBe(true);
          expect(view.fault).toBe(undefined);
          expect(view.symbols[view.symbol]).toMatchObject({
            rawSymbol: message.symbols[got.symbol]?.rawSymbol,
          });
          expect(bigintFromHalves(view.tsEventHi, view.tsEventLo)).toBe(got.tsEvent);
          expect(bigintFromHalves(view.tsRecvHi, view.tsRecvLo)).toBe(got.tsRecv);
          expect(BigInt.asUintN(64, bigintFromHalves(view.sequenceHi, view.sequenceLo))).toBe(
            got.sequence,
          );
          expect(view.tsInDelta).toBe(got.tsInDelta);
          expect(view.flags).toBe(got.flags);
          expect(view.sessionId).toBe(got.sessionId);
          expect(view.bodyField).toBe(BodyField[got.body.case as 'trade']);
          if (got.body.case === 'trade') {
            tradeView.read(view);
            expect(BigInt(int64FromHalves(tradeView.priceHi, tradeView.priceLo))).toBe(
              got.body.value.price,
            );
            expect(view.text(tradeView.tradeIdStart, tradeView.tradeIdEnd)).toBe(
              got.body.value.tradeId,
            );
          }
          if (got.body.case === 'quote') {
            quoteView.read(view);
            expect(bigintFromHalves(quoteView.askSzHi, quoteView.askSzLo)).toBe(
              got.body.value.askSz,
            );
            expect(quoteView.quoteCondition).toBe(got.body.value.quoteCondition);
          }
        }
        expect(view.next()).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('never reads past damaged bytes: every damage is a refusal, a fault or other values', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        (events, at, value, cut) => {
          const bytes = write(events, 1);
          bytes[at % bytes.length] = value;
          const damaged = bytes.subarray(0, bytes.length - (cut % 3));
          const view = new EventView();
          const tradeView = new TradeView();
          try {
            scanBatch(damaged);
            view.reset(damaged);
            while (view.next()) {
              if (view.fault === undefined && view.bodyField === BodyField.trade) {
                tradeView.read(view);
              }
            }
          } catch (error) {
            expect((error as Error).name).toMatch(/WireError|FeedmillError/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('charges a symbol that is not UTF-8 to the events that refer to it, and to no other', () => {
    const tradeOf = (rawSymbol: string): FeedEvent => ({
      symbol: { publisherId: 1, venue: 'XNAS', rawSymbol },
      tsEvent: 0n,
      tsEventSource: 1,
      tsRecv: 0n,
      body: { case: 'trade', value: { price: 1, size: 1, aggressorSide: 1, tradeId: '' } },
    });
    const bytes = Buffer.from(write([tradeOf('GOOD'), tradeOf('EVIL'), tradeOf('LAST')], 1));
    bytes[bytes.indexOf('EVIL')] = 0xff;
    expect(scanBatch(bytes).eventCount).toBe(3);
    const view = new EventView();
    view.reset(bytes);
    const faults: (string | undefined)[] = [];
    while (view.next()) faults.push(view.fault);
    expect(faults).toEqual([undefined, expect.stringMatching(/symbol .* is not UTF-8/), undefined]);
    expect(view.symbols[view.symbol]?.rawSymbol).toBe('LAST');
  });

  it('refuses an empty batch and a first sequence of zero with a sentence', () => {
    expect(() => scanBatch(new Uint8Array(0))).toThrow(/holds no event/);
    const only: FeedEvent = {
      symbol: symbols[0] as FeedSymbol,
      tsEvent: 0n,
      tsEventSource: 1,
      tsRecv: 0n,
      body: { case: 'trade', value: { price: 1, size: 1, aggressorSide: 1, tradeId: '' } },
    };
    expect(() => scanBatch(write([only], 0))).toThrow(/sequences start at 1/);
    const last = Number.MAX_SAFE_INTEGER;
    expect(scanBatch(write([only], last)).firstSequence).toBe(last);
    expect(() => scanBatch(write([only, only], last))).toThrow(/stay below 2\^53/);
  });
});
