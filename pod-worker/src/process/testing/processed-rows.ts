import { asEpoch, asPosition } from '@feedmill/core/brand';
import type { EventBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { EntryKind, type JournalEntry } from '../../journal/journal-entry.ts';
import { RowBatch } from '../../sink/row-batch.ts';
import { encodeAdoption } from '../adoption.ts';
import { ShardProcessor } from '../shard-processor.ts';

export const SHARE: FeedSymbol = { publisherId: 1, venue: 'XNAS', rawSymbol: 'AAPL' };
export const DAY = 1_723_075_200_000_000_000n;

export function event(body: EventBody, changes: Partial<FeedEvent> = {}): FeedEvent {
  return { symbol: SHARE, tsEvent: DAY, tsEventSource: 1, tsRecv: DAY, body, ...changes };
}

export const definition = (instrument: string, changes: Partial<FeedEvent> = {}): FeedEvent =>
  event({ case: 'definition', value: { instrument } }, changes);

export function trade(value: object = {}, changes: Partial<FeedEvent> = {}): FeedEvent {
  const sound = { price: 5, size: 7, aggressorSide: 1, tradeId: 'one' } as const;
  return event({ case: 'trade', value: { ...sound, ...value } }, changes);
}

/** A processor with one producer, which the next entry may be of. */
export function startedProcessor(): { processor: ShardProcessor; rows: RowBatch } {
  const processor = new ShardProcessor({
    storeBookDeltas: true,
    allowedLatenessMs: 5000,
    sentimentModel: undefined,
  });
  const rows = new RowBatch();
  const adoption = { name: 'p', lastSequence: 0, incarnation: 1n, state: new Uint8Array(0) };
  processor.process(journalEntry(1, EntryKind.ADOPT, 0, encodeAdoption(adoption)), rows);
  return { processor, rows };
}

export function journalEntry(
  position: number,
  kind: EntryKind,
  count: number,
  payload: Buffer,
): JournalEntry {
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
export function processed(events: readonly FeedEvent[]): RowBatch {
  const { processor, rows } = startedProcessor();
  const writer = new BatchWriter();
  for (const each of [definition('AAPL.XNAS'), ...events]) writer.add(each);
  processor.process(journalEntry(2, EntryKind.BATCH, events.length + 1, writer.finish(1)), rows);
  return rows;
}
