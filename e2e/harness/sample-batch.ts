import type { EventBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { AggressorSide, SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';

/** An ordinary share that `definition` defines. */
export const SHARE: FeedSymbol = { publisherId: 1, venue: 'XNAS', rawSymbol: 'AAPL' };

const DAY = 1_723_075_200_000_000_000n;
const NANOS_PER_MS = 1_000_000n;

/** An event of the share with a sound header; `changes` make it bad. */
export function event(body: EventBody, changes: Partial<FeedEvent> = {}): FeedEvent {
  return {
    symbol: SHARE,
    tsEvent: DAY,
    tsEventSource: TsEventSource.VENUE,
    tsRecv: DAY,
    body,
    ...changes,
  };
}

export const definition = (instrument = 'AAPL.XNAS', changes: Partial<FeedEvent> = {}): FeedEvent =>
  event({ case: 'definition', value: { instrument, base: 'AAPL', quote: 'USD' } }, changes);

/** The `number`th sound trade: a millisecond after the one before. */
export function trade(number: number, changes: Partial<FeedEvent> = {}): FeedEvent {
  const body: EventBody = {
    case: 'trade',
    value: {
      price: 190_000_000_000,
      size: 1_000_000_000,
      aggressorSide: AggressorSide.BUY,
      tradeId: `t${number}`,
    },
  };
  return event(body, { tsEvent: DAY + BigInt(number) * NANOS_PER_MS, ...changes });
}

/** `count` trades, the first with number `first`. */
export const trades = (first: number, count: number): FeedEvent[] =>
  Array.from({ length: count }, (_, index) => trade(first + index));

/** A serialized Batch. */
export function batchOf(firstSequence: number, events: readonly FeedEvent[]): Buffer {
  const writer = new BatchWriter();
  for (const each of events) writer.add(each);
  return writer.finish(firstSequence);
}

/** One sound event of each kind, and some with the venue's sequence. */
export const allKinds = (): FeedEvent[] => [
  definition(),
  ...trades(1, 3),
  trade(4, { sessionId: 'session', sequenceKind: SequenceKind.DENSE, sequence: 17 }),
  event({
    case: 'quote',
    value: { bidPx: 5, bidSz: 5, askPx: 6, askSz: 7, quoteCondition: 'slow' },
  }),
  event({
    case: 'news',
    value: { newsId: 'n1', headline: 'Up', entities: [{ text: 'Apple', confidence: 0.5 }] },
  }),
  event({
    case: 'bookDelta',
    value: { changes: [{ action: 1, side: 1, price: 1, size: 1 }], checksum: 5n },
  }),
  event({
    case: 'bookSnapshot',
    value: { bids: [{ price: 4, size: 1 }], asks: [], asOfSequence: 9n },
  }),
  event({
    case: 'correction',
    value: { correctsTradeId: 't1', kind: 2, originalTsEvent: DAY + NANOS_PER_MS, price: 7n },
  }),
  event({ case: 'gap', value: { firstMissing: 10n, lastMissing: 20n, cause: 1, repairedBy: 4 } }),
  event({ case: 'orderEvent', value: { orderId: 'o1', action: 1, side: 1, orderType: 1 } }),
  event({ case: 'status', value: { action: 2, reason: 'open' } }),
  event({ case: 'feedStatus', value: { state: 1, reason: 'start' } }),
  event({ case: 'bar', value: { barType: 'AAPL-1-MINUTE', notional: '5' } }),
  event({ case: 'consolidatedQuote', value: { state: 1, bidPx: 5n, askPx: 6n } }),
  event({ case: 'rejected', value: { reason: 1, detail: 'no JSON', raw: Buffer.of(0x7b) } }),
  trade(5),
];
