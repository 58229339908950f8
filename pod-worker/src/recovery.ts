import { asPosition, type Position } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import type { SavedStates } from '@feedmill/store/checkpoint/save-states';
import type { Checkpoint, CheckpointFile } from './checkpoint/checkpoint-file.ts';
import { PendingReleases } from './ingest/pending-releases.ts';
import { EntryKind, type JournalEntry } from './journal/journal-entry.ts';
import { decodeAdoption } from './process/adoption.ts';

/** A producer as it stands in checkpoint and journal. */
export interface RecoveredProducer {
  readonly name: string;
  receivedThrough: number;
  incarnation: bigint;
  /**
   * What Postgres holds at least: what the checkpoint has, or what it held when the producer was
   * taken over, which may have been committed by another shard.
   */
  readonly committedThrough: number;
}

/** Collects who published how much, from the checkpoint and the entries after it. */
export class ProducerHistory {
  readonly producers = new Map<bigint, RecoveredProducer>();
  readonly releases = new PendingReleases();

  constructor(checkpoint: Checkpoint) {
    this.restart(checkpoint);
  }

  /** Forgets everything but the checkpoint. */
  restart(checkpoint: Checkpoint): void {
    this.producers.clear();
    this.releases.clear();
    for (const producer of checkpoint.producers) {
      this.producers.set(producer.producerId, {
        name: producer.name,
        receivedThrough: producer.lastSequence,
        incarnation: producer.incarnation,
        committedThrough: producer.lastSequence,
      });
    }
  }

  /** Takes the next entry that recovery reads; entries before the checkpoint change nothing. */
  add(entry: JournalEntry, after: Position): void {
    if (entry.position <= after) return;
    switch (entry.kind) {
      case EntryKind.ADOPT: {
        const { name, lastSequence, incarnation } = decodeAdoption(entry.payload);
        this.producers.set(entry.producerId, {
          name,
          receivedThrough: lastSequence,
          incarnation,
          committedThrough: lastSequence,
        });
        return;
      }
      case EntryKind.RELEASE: {
        const producer = this.producers.get(entry.producerId);
        if (producer === undefined) return;
        this.producers.delete(entry.producerId);
        this.releases.note(producer.name, entry.position);
        return;
      }
      case EntryKind.BATCH: {
        const producer = this.producers.get(entry.producerId);
        if (producer === undefined) return;
        producer.receivedThrough = entry.firstSequence + entry.eventCount - 1;
        producer.incarnation = entry.incarnation;
        return;
      }
      case EntryKind.EPOCH:
      case EntryKind.REFERENCE:
      case EntryKind.TIME:
      case EntryKind.ALERTS:
    }
  }
}

/** The newest usable checkpoint, and where it was found. */
export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly origin: 'volume' | 'postgres' | 'none';
  /** Why a better place was passed over; for the log. */
  readonly passedOver: readonly string[];
}

/**
 * Chooses the checkpoint to start from: the volume's, else the copy in Postgres, else none. One
 * that lies beyond what Postgres has committed comes from another past and is passed over.
 */
export async function findCheckpoint(
  file: CheckpointFile,
  committed: Position,
  storedCheckpoint: () => Promise<SavedStates | undefined>,
  lastSequenceOf: (state: Uint8Array) => number,
): Promise<FoundCheckpoint> {
  const passedOver: string[] = [];
  const loaded = await file.load();
  if ('position' in loaded) {
    if (loaded.position <= committed) {
      return { checkpoint: loaded, origin: 'volume', passedOver };
    }
    passedOver.push(
      `the volume's checkpoint is at position ${loaded.position}, beyond Postgres at ${committed}`,
    );
  } else {
    passedOver.push(`the volume's checkpoint cannot be used: ${loaded.unusable}`);
  }
  const stored = await storedCheckpoint();
  if (stored !== undefined && stored.position <= committed) {
    const checkpoint: Checkpoint = {
      position: asPosition(stored.position),
      shardState: stored.shardState,
      producers: stored.states.map((saved) => ({
        ...saved,
        lastSequence: lastSequenceOf(saved.state),
      })),
    };
    return { checkpoint, origin: 'postgres', passedOver };
  }
  const checkpoint: Checkpoint = {
    position: asPosition(0),
    shardState: new Uint8Array(0),
    producers: [],
  };
  return { checkpoint, origin: 'none', passedOver };
}

/**
 * Compares the journal with Postgres.
 *
 * @throws FeedmillError JOURNAL_BEHIND where the journal lacks what Postgres has, or what lies
 *   between the checkpoint and its first entry
 */
export function checkJournalReaches(
  shard: number,
  journal: { readonly first: Position; readonly last: Position },
  checkpoint: Position,
  committed: Position,
): void {
  if (journal.last < committed) {
    throw new FeedmillError(
      'JOURNAL_BEHIND',
      `Shard ${shard}: Postgres holds everything up to position ${committed}, the journal on ` +
        `this volume ends at ${journal.last}. The volume is new, was restored from an old copy, ` +
        "or is another shard's. Attach the right one; or, if it is lost, start with " +
        '--accept-journal-loss: what was acknowledged and not committed is then gone.',
    );
  }
  if (journal.last > checkpoint && journal.first > checkpoint + 1) {
    throw new FeedmillError(
      'JOURNAL_BEHIND',
      `Shard ${shard}: the newest checkpoint is at position ${checkpoint}, but the journal ` +
        `begins at ${journal.first}; the entries between are needed and gone. Restore the ` +
        'volume; or, if it is lost, move the journal folder away and start with ' +
        '--accept-journal-loss. docs/runbooks/journal-behind.md has the steps.',
    );
  }
}
