import { asSequence } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import { scanBatch } from '@feedmill/core/wire/batch-scan';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { EntryKind } from '@feedmill/pod-worker/journal/journal-entry';
import {
  definition,
  journalEntry,
  startedProcessor,
  trade,
} from '@feedmill/pod-worker/process/testing/processed-rows';
import fc from 'fast-check';
import { damaged } from './damaged-bytes.ts';
import type { FuzzTarget } from './fuzz-target.ts';

/** Rows beyond one for each byte that was sent: so much may be made of what is small, no more. */
const ROWS_BESIDE = 8;

const soundBatch = fc
  .array(
    fc.record({
      price: fc.maxSafeInteger(),
      size: fc.maxSafeNat(),
      tradeId: fc.string({ maxLength: 20 }),
    }),
    { maxLength: 6 },
  )
  .map((trades) => {
    const writer = new BatchWriter();
    writer.add(definition('AAPL.XNAS'));
    for (const each of trades) writer.add(trade(each));
    return writer.finish(asSequence(1));
  });

/** A batch is refused as a whole with a named error, or every event of it becomes something. */
function take(bytes: Buffer): void {
  let eventCount: number;
  try {
    const summary = scanBatch(bytes);
    if (summary.firstSequence !== 1) return;
    ({ eventCount } = summary);
  } catch (error) {
    if (error instanceof FeedmillError && error.code.startsWith('BATCH_')) return;
    throw error;
  }
  const { processor, rows } = startedProcessor();
  const { producerId } = journalEntry(1, EntryKind.ADOPT, 0, Buffer.alloc(0));
  const entry = journalEntry(2, EntryKind.BATCH, eventCount, bytes);
  processor.process({ ...entry, producerId }, rows);
  const { copies, deadLetters } = rows.commitBatch();
  const stored = copies.copies.reduce((sum, { copy }) => sum + copy.rowCount, 0);
  if (stored + deadLetters.length > bytes.length + ROWS_BESIDE) {
    throw new Error(`${bytes.length} bytes became ${stored} rows`);
  }
  const { lastSequence } = [...rows.commitBatch().producers][0] ?? { lastSequence: 0 };
  if (lastSequence !== eventCount) {
    throw new Error(`of ${eventCount} events the last that counts is ${lastSequence}`);
  }
}

export const BATCH_TARGET: FuzzTarget = {
  name: 'batch',
  what: 'what a producer sends: the frame of a batch, its events, and what they become',
  property: fc.property(damaged(soundBatch), take),
  corpus: [Buffer.alloc(0), Buffer.from('ffffffffffffffffff7f', 'hex'), Buffer.from('0a00', 'hex')],
};
