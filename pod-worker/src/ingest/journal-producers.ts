import type { Journal } from '../journal/journal.ts';
import { EntryKind, type JournalEntry } from '../journal/journal-entry.ts';
import { decodeAdoption } from '../process/adoption.ts';
import type { ShardProcessor } from '../process/shard-processor.ts';
import type { PendingReleases } from './pending-releases.ts';
import type { ProducerDirectory } from './producer-directory.ts';
import type { ProducerSlot } from './producer-slot.ts';

/** Keeps the slots in step with an entry that came from the other region. */
export function followEntry(
  directory: ProducerDirectory,
  releases: PendingReleases,
  entry: JournalEntry,
): void {
  switch (entry.kind) {
    case EntryKind.BATCH: {
      const slot = directory.slot(entry.producerId);
      if (slot === undefined) return;
      slot.receivedThrough = entry.firstSequence + entry.eventCount - 1;
      slot.incarnation = entry.incarnation;
      return;
    }
    case EntryKind.ADOPT: {
      const { name, lastSequence, incarnation } = decodeAdoption(entry.payload);
      const slot = directory.slot(entry.producerId) ?? directory.addSlot(name);
      place(slot, lastSequence, incarnation);
      slot.committedThrough = Math.max(slot.committedThrough, lastSequence);
      return;
    }
    case EntryKind.RELEASE: {
      const slot = directory.slot(entry.producerId);
      if (slot === undefined) return;
      directory.removeSlot(slot);
      releases.note(slot.name, entry.position);
      return;
    }
    case EntryKind.EPOCH:
    case EntryKind.REFERENCE:
    case EntryKind.TIME:
    case EntryKind.ALERTS:
  }
}

/**
 * Makes the slots anew from what was processed and what the journal still holds behind it.
 *
 * @param follow told of each entry that lies behind what was processed
 */
export async function rebuildSlots(
  directory: ProducerDirectory,
  processor: ShardProcessor,
  journal: Journal,
  follow: (entry: JournalEntry) => void,
): Promise<void> {
  const before = new Map([...directory.slots()].map((slot) => [slot.name, slot]));
  for (const slot of before.values()) directory.removeSlot(slot);
  for (const { name, lastSequence, incarnation } of processor.producers()) {
    const slot = directory.addSlot(name);
    place(slot, lastSequence, incarnation);
    const known = before.get(name);
    if (known !== undefined) slot.takeTotals(known);
  }
  const reader = journal.reader(processor.position);
  while (reader.behind) {
    const entry = reader.next();
    if (entry === undefined) await reader.fill();
    else follow(entry);
  }
}

function place(slot: ProducerSlot, sequence: number, incarnation: bigint): void {
  slot.receivedThrough = sequence;
  slot.durableThrough = sequence;
  slot.incarnation = incarnation;
}
