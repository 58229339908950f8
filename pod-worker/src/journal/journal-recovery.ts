import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import type { AcknowledgedMark } from './acknowledged-mark.ts';
import {
  type EntryFault,
  EntryKind,
  encodeHeader,
  entryHash,
  type JournalEntry,
} from './journal-entry.ts';
import type { Segment, SegmentFiles } from './segment-files.ts';
import { durableAfter, scanSegment } from './segment-scan.ts';

/** What the journal holds, as found at start. */
export interface RecoveredJournal {
  /** Position of the last good entry; the position before the first segment where there is none. */
  readonly lastPosition: Position;
  readonly lastHash: bigint;
  readonly lastEpoch: Epoch;
  readonly lastTsInit: bigint;
  /** Where the next entry goes within the last segment. */
  readonly writeOffset: number;
  /** Entries beyond the last good one were torn and not promised to anyone: they were cut. */
  readonly cutBytes: number;
}

export interface RecoveryOptions {
  readonly files: SegmentFiles;
  readonly mark: AcknowledgedMark;
  readonly shard: number;
  /** Everything up to here is known from a checkpoint and need not be read again. */
  readonly fromPosition: Position;
  readonly windowBytes: number;
  /** Whether the entries of an epoch were written here first; the others are copies. */
  readonly isOwn: (epoch: Epoch) => boolean;
  /** Called for each entry read, in order; the payload is valid only during the call. */
  readonly visit: (entry: JournalEntry) => void;
}

/**
 * Reads the journal from the segment that holds `fromPosition` to its end, checks the chain of
 * positions and hashes, and cuts a torn tail.
 *
 * @throws FeedmillError JOURNAL_CORRUPT where an entry that was acknowledged cannot be read, and
 *   JOURNAL_FOREIGN where the entries belong to another shard
 */
export async function recoverJournal(options: RecoveryOptions): Promise<RecoveredJournal> {
  const { files, shard } = options;
  const { segments } = files;
  let lastPosition = asPosition((segments[0]?.first ?? 1) - 1);
  let lastHash: bigint | undefined;
  let lastEpoch = asEpoch(0);
  let lastTsInit = 0n;
  let writeOffset = 0;
  let cutBytes = 0;
  let startIndex = 0;
  const tail = new UnprovenTail(options.mark.position, options.isOwn);
  for (const [index, segment] of segments.entries()) {
    // The segment before gives the hash that the first entry must continue.
    if (segment.first <= options.fromPosition + 1) startIndex = Math.max(0, index - 1);
  }
  for (let index = startIndex; index < segments.length; index += 1) {
    const segment = segments[index];
    if (segment === undefined) break;
    if (index === startIndex) {
      lastPosition = asPosition(segment.first - 1);
    } else if (segment.first !== lastPosition + 1) {
      throw corrupt(shard, lastPosition, `segment ${segment.first} follows instead`);
    }
    let stale = false;
    const end = await scanSegment(segment.file, 0, options.windowBytes, (entry, offset) => {
      if (entry.shard !== shard) throw foreign(shard, entry.shard);
      if (entry.position !== lastPosition + 1) {
        // A recycled segment still holds what it held before, with lower positions.
        stale = entry.position <= lastPosition;
        if (!stale) {
          throw corrupt(shard, lastPosition, `an entry ${entry.position} follows instead`);
        }
        return false;
      }
      const continues = entry.previousHash === lastHash || startsChain(entry);
      if (lastHash !== undefined && !continues) {
        throw corrupt(shard, lastPosition, 'the next entry does not continue its hash');
      }
      lastPosition = entry.position;
      lastHash = entryHash(encodeHeader(entry));
      lastEpoch = entry.epoch;
      lastTsInit = entry.tsInit > lastTsInit ? entry.tsInit : lastTsInit;
      tail.add(segment, entry, offset);
      options.visit(entry);
      return true;
    });
    writeOffset = end.offset;
    tail.endsAt(segment, end.offset);
    const isClean = stale || end.fault === undefined || end.fault === 'blank';
    if (end.fault === 'version') {
      throw new FeedmillError(
        'JOURNAL_CORRUPT',
        `Shard ${shard}: the journal was written by a newer Feedmill. Start that version again.`,
      );
    }
    if (index < segments.length - 1) {
      if (isClean) continue;
      // The next segment begins where this one must have ended; if it does not fit, the loop's
      // check above reports it. A bad end that the next segment bridges is only old content.
      continue;
    }
    const evidence = await durableAfter(
      segment.file,
      end.offset,
      shard,
      lastPosition,
      options.isOwn,
    );
    const promised = Math.max(options.mark.position, evidence ?? 0);
    if (promised > lastPosition) {
      throw corrupt(shard, lastPosition, describeFault(end.fault), promised);
    }
    if (!isClean) cutBytes = await blankFrom(files, end.offset);
  }
  if (options.mark.position > lastPosition) {
    throw corrupt(shard, lastPosition, 'the journal ends', options.mark.position);
  }
  await tail.writeAgain();
  return {
    lastPosition,
    lastHash: lastHash ?? 0n,
    lastEpoch,
    lastTsInit,
    writeOffset,
    cutBytes,
  };
}

/**
 * The newest entries, as far as nothing proves that they were synced. Whoever wrote them may have
 * died within the write, or of its failure: then they are in the memory of the machine and nowhere
 * else, and would be gone with a power cut after they were acknowledged. Written again, they stay.
 */
class UnprovenTail {
  readonly #isOwn: (epoch: Epoch) => boolean;
  #provenThrough: number;
  #segment: Segment | undefined;
  #entries: { readonly position: Position; readonly offset: number }[] = [];
  #end = 0;

  constructor(provenThrough: Position, isOwn: (epoch: Epoch) => boolean) {
    this.#provenThrough = provenThrough;
    this.#isOwn = isOwn;
  }

  /** Takes the next entry that recovery accepts. */
  add(segment: Segment, entry: JournalEntry, offset: number): void {
    // Groups are synced one after another, and none goes beyond its segment.
    if (this.#segment !== segment) this.#entries = [];
    this.#segment = segment;
    this.#entries.push({ position: entry.position, offset });
    const proven = this.#isOwn(entry.epoch) ? entry.durablePosition : 0;
    this.#provenThrough = Math.max(this.#provenThrough, proven);
    while ((this.#entries[0]?.position ?? Infinity) <= this.#provenThrough) this.#entries.shift();
  }

  endsAt(segment: Segment, offset: number): void {
    if (this.#segment === segment) this.#end = offset;
  }

  async writeAgain(): Promise<void> {
    const start = this.#entries[0]?.offset;
    if (this.#segment === undefined || start === undefined) return;
    const bytes = Buffer.allocUnsafe(this.#end - start);
    const length = await this.#segment.file.read(bytes, start);
    await this.#segment.file.write([bytes.subarray(0, length)], start);
  }
}

/** The first entry of a process may start a chain anew where it found nothing to continue. */
function startsChain(entry: JournalEntry): boolean {
  return entry.kind === EntryKind.EPOCH && entry.previousHash === 0n;
}

/** Overwrites a torn tail with zeros, so that it can never be taken for an entry again. */
async function blankFrom(files: SegmentFiles, offset: number): Promise<number> {
  const last = files.segments.at(-1);
  if (last === undefined) return 0;
  const size = await last.file.sizeBytes();
  const length = Math.max(0, size - offset);
  await last.file.write([Buffer.alloc(length)], offset);
  return length;
}

function describeFault(fault: EntryFault | undefined): string {
  switch (fault) {
    case 'damaged':
      return 'the next entry fails its checksum';
    case 'short':
      return 'the next entry is cut off';
    case 'foreign':
      return 'what follows is not an entry';
    case 'version':
      return 'the next entry is of an unknown version';
    case 'blank':
    case undefined:
      return 'the journal ends';
  }
}

function corrupt(shard: number, after: Position, what: string, promised?: number): FeedmillError {
  const upTo = promised === undefined ? '' : `, though ${promised} was acknowledged`;
  return new FeedmillError(
    'JOURNAL_CORRUPT',
    `Shard ${shard}: the journal is damaged after position ${after}: ${what}${upTo}. Nothing was ` +
      'skipped or changed. If Postgres holds everything up to the acknowledged position (see ' +
      '`feedmill status`), move the journal folder away and start with --accept-journal-loss; ' +
      'otherwise restore the volume first. docs/runbooks/journal-corrupt.md has the steps.',
  );
}

function foreign(shard: number, found: number): FeedmillError {
  return new FeedmillError(
    'JOURNAL_FOREIGN',
    `Shard ${shard}: the journal on this volume belongs to shard ${found}. Give each shard its ` +
      'own volume, or move this journal to its shard.',
  );
}
