import assert from 'node:assert/strict';
import { join } from 'node:path';
import { asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import { type EpochRange, EpochRanges } from '@feedmill/core/region/epoch-ranges';
import { AcknowledgedMark } from './acknowledged-mark.ts';
import { GroupCommit, type JournalEnd, type WrittenEntry } from './group-commit.ts';
import { JournalCursor } from './journal-cursor.ts';
import { cutJournal, finishCut } from './journal-cut.ts';
import { decodeHeader, type EntryKind, type JournalEntry } from './journal-entry.ts';
import { checkIdentity, type JournalIdentity } from './journal-identity.ts';
import { type RecoveredJournal, recoverJournal } from './journal-recovery.ts';
import { JournalTail } from './journal-tail.ts';
import { isNoSpace } from './no-space.ts';
import { SegmentFiles } from './segment-files.ts';

export interface JournalOptions {
  readonly disk: Disk;
  /** Folder of the shard's journal; created where it is missing. */
  readonly folder: string;
  readonly identity: JournalIdentity;
  readonly clock: Clock;
  readonly segmentBytes: number;
  readonly groupBytesMax: number;
  readonly tailBytesMax: number;
  readonly readAheadBytes: number;
  /** Everything up to here is known from a checkpoint. */
  readonly fromPosition: Position;
  /** Whether an epoch's entries were written here first; undefined: all of them. */
  readonly isOwn?: (epoch: Epoch) => boolean;
  /** Sees each entry that recovery reads. */
  readonly onRecovered: (entry: JournalEntry) => void;
  /** Sees each entry after its sync, in order. */
  readonly onDurable: (entries: readonly WrittenEntry[]) => void;
  readonly onSync: (durationMs: number) => void;
  /** What to wait for until this process is known to hold its shard; see HolderGuard. */
  readonly doubt?: () => Promise<void> | undefined;
  readonly onFailure: (error: FeedmillError) => void;
}

/** What the caller says of a new entry; the journal adds position and time. */
export interface EntryDraft {
  readonly kind: EntryKind;
  readonly epoch: Epoch;
  readonly producerId: bigint;
  readonly incarnation: bigint;
  readonly firstSequence: number;
  readonly eventCount: number;
  readonly skipCount: number;
  readonly payload: Uint8Array;
}

/**
 * The journal of one shard: an append-only, checksummed, chained log on the shard's volume. One
 * writer; whatever reads it (sink, follower, live stream) has its own cursor.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #files: SegmentFiles;
  readonly #mark: AcknowledgedMark;
  readonly #commit: GroupCommit;
  readonly #tail: JournalTail;
  readonly #epochs: EpochRanges;
  readonly recovered: RecoveredJournal;
  #nextPosition: Position;
  #lastTsInit: bigint;
  #cutCount = 0;

  private constructor(
    options: JournalOptions,
    files: SegmentFiles,
    mark: AcknowledgedMark,
    recovered: RecoveredJournal,
    epochs: EpochRanges,
  ) {
    this.#options = options;
    this.#files = files;
    this.#mark = mark;
    this.recovered = recovered;
    this.#epochs = epochs;
    this.#tail = new JournalTail(options.tailBytesMax);
    this.#nextPosition = asPosition(recovered.lastPosition + 1);
    this.#lastTsInit = recovered.lastTsInit;
    this.#commit = new GroupCommit({
      files,
      mark,
      clock: options.clock,
      groupBytesMax: options.groupBytesMax,
      lastHash: recovered.lastHash,
      lastPosition: recovered.lastPosition,
      writeOffset: recovered.writeOffset,
      onDurable: (written) => {
        for (const each of written) {
          this.#tail.push(each);
          this.#epochs.add(each.entry.epoch, each.entry.position);
        }
        options.onDurable(written);
      },
      onSync: options.onSync,
      doubt: options.doubt,
      onFailure: options.onFailure,
    });
  }

  /**
   * Opens and recovers. See recoverJournal for what may be thrown.
   *
   * @throws FeedmillError JOURNAL_IO where the volume fails meanwhile
   */
  static async open(options: JournalOptions): Promise<Journal> {
    try {
      return await Journal.#open(options);
    } catch (error) {
      throw asJournalFault(error, options.folder, 'opened');
    }
  }

  static async #open(options: JournalOptions): Promise<Journal> {
    const { disk, folder, identity } = options;
    await disk.makeFolder(folder);
    await checkIdentity(disk, folder, identity);
    const files = await SegmentFiles.open(
      disk,
      options.clock,
      join(folder, 'segments'),
      options.segmentBytes,
    );
    const mark = await AcknowledgedMark.open(disk, folder);
    await finishCut({ disk, folder, files, mark, windowBytes: options.readAheadBytes });
    const epochs = new EpochRanges();
    const recovered = await recoverJournal({
      files,
      mark,
      shard: identity.shard,
      fromPosition: options.fromPosition,
      windowBytes: options.readAheadBytes,
      isOwn: options.isOwn ?? (() => true),
      visit: (entry) => {
        epochs.add(entry.epoch, entry.position);
        options.onRecovered(entry);
      },
    });
    return new Journal(options, files, mark, recovered, epochs);
  }

  /**
   * Makes this process the one that writes; called once it holds the shard, before anything is
   * appended. Until then another one may hold it and write here, which this must not disturb.
   *
   * @throws FeedmillError JOURNAL_IO where the volume fails, and JOURNAL_TAKEN where whoever held
   *   the shard has acknowledged entries since this journal was opened
   */
  async hold(): Promise<void> {
    const { writeOffset, lastHash, lastPosition } = this.recovered;
    const { folder } = this.#options;
    try {
      const acknowledged = await this.#mark.readAgain();
      if (acknowledged > lastPosition) throw grown(folder, lastPosition, acknowledged);
      await this.#files.renewLast(writeOffset);
    } catch (error) {
      // A full volume must not keep its shard from starting: only a start makes room.
      if (!isNoSpace(error)) throw asJournalFault(error, folder, 'opened');
    }
    this.#commit.restart({ lastHash, lastPosition, writeOffset });
    this.#files.prepareSpare();
  }

  /** Highest position that survives the loss of this process. */
  get durablePosition(): Position {
    return this.#commit.durablePosition;
  }

  /** Newest entry, synced or not. */
  get appendedPosition(): Position {
    return asPosition(this.#nextPosition - 1);
  }

  /** `entryHash` of the newest synced entry. */
  get lastHash(): bigint {
    return this.#commit.lastHash;
  }

  /** Which epochs wrote the synced entries, as far back as they were read. */
  get epochs(): readonly EpochRange[] {
    return this.#epochs.ranges;
  }

  /** Bytes appended but not synced yet. */
  get unsyncedBytes(): number {
    return this.#commit.pendingBytes;
  }

  /** Payload bytes that are durable and that the sink's cursor has not taken yet, in memory. */
  get tailBytes(): number {
    return this.#tail.bytes;
  }

  /** Bytes that the segments occupy on the volume. */
  get occupiedBytes(): number {
    return this.#files.occupiedBytes;
  }

  /** Whether the volume had no room for the next segment. */
  get waitingForSpace(): boolean {
    return this.#commit.waitingForSpace;
  }

  /**
   * Starts an empty journal after a position that Postgres already holds.
   * Only before the first append.
   */
  startAfter(position: Position): void {
    this.#nextPosition = asPosition(position + 1);
  }

  /** Appends an entry of the other region's journal, byte for byte; it continues the chain. */
  appendCopy(header: Buffer, payload: Uint8Array): void {
    const entry = decodeHeader(header, payload);
    assert(entry.position === this.#nextPosition, 'copies are appended in order');
    this.#nextPosition = asPosition(entry.position + 1);
    this.stampFrom(entry.tsInit);
    this.#commit.append({ ...entry, header });
  }

  /** Takes back every entry behind `after`, which the other region has replaced. */
  async cutAfter(after: Position): Promise<void> {
    await this.#commit.drain();
    if (after >= this.durablePosition) return;
    const { disk, folder, readAheadBytes: windowBytes, identity } = this.#options;
    const files = this.#files;
    await cutJournal({ disk, folder, files, mark: this.#mark, windowBytes }, after);
    const kept = await recoverJournal({
      files,
      mark: this.#mark,
      shard: identity.shard,
      fromPosition: after,
      windowBytes,
      isOwn: () => false,
      visit: () => undefined,
    });
    this.#cutCount += 1;
    this.#tail.clear();
    this.#epochs.cutAfter(after);
    this.restartAfter(files.segments.length === 0 ? { ...kept, lastPosition: after } : kept);
  }

  /** Goes on behind an entry that this journal no longer has, or never had. */
  restartAfter(end: JournalEnd): void {
    this.#commit.restart(end);
    this.#nextPosition = asPosition(end.lastPosition + 1);
  }

  /** Has no entry from here on be stamped with an earlier time. */
  stampFrom(tsInit: bigint): void {
    if (tsInit > this.#lastTsInit) this.#lastTsInit = tsInit;
  }

  /** Appends in memory; `onDurable` says when it is safe. Returns what was appended. */
  append(draft: EntryDraft): { readonly position: Position; readonly tsInit: bigint } {
    const now = this.#options.clock.wallNanos();
    // ts_init never falls within a shard, whatever the wall clock does.
    if (now > this.#lastTsInit) this.#lastTsInit = now;
    const position = this.#nextPosition;
    this.#nextPosition = asPosition(position + 1);
    this.#commit.append({
      ...draft,
      shard: this.#options.identity.shard,
      position,
      tsInit: this.#lastTsInit,
    });
    return { position, tsInit: this.#lastTsInit };
  }

  /** Whether it holds no entry at all. */
  get isEmpty(): boolean {
    return this.#files.segments.length === 0;
  }

  /** Lowest position that is still on the volume, or the next one to come there. */
  get firstPosition(): Position {
    return this.#files.segments[0]?.first ?? asPosition(this.durablePosition + 1);
  }

  /**
   * A further reader, which leaves the memory to the sink and does not keep segments from being
   * given up: below `firstPosition` it cannot read.
   */
  reader(after: Position): JournalCursor {
    return this.#cursor(undefined, after);
  }

  /** The sink's reader, which begins after `after` and does not go beyond `through`. */
  cursor(after: Position, through?: () => Position): JournalCursor {
    return this.#cursor(this.#tail, after, through);
  }

  #cursor(
    tail: JournalTail | undefined,
    after: Position,
    through: () => Position = () => this.durablePosition,
  ): JournalCursor {
    return new JournalCursor({
      files: this.#files,
      tail,
      readAheadBytes: this.#options.readAheadBytes,
      after,
      durablePosition: through,
      cutCount: () => this.#cutCount,
    });
  }

  /** Gives up segments that hold nothing above `through`. */
  async trim(through: Position): Promise<void> {
    await this.#files.trim(through);
  }

  /** Resolves when everything appended is durable. */
  async drain(): Promise<void> {
    await this.#commit.drain();
  }

  /** @throws FeedmillError JOURNAL_IO where the volume fails meanwhile */
  async close(): Promise<void> {
    try {
      await this.#commit.close();
      await this.#mark.close();
      await this.#files.close();
    } catch (error) {
      throw asJournalFault(error, this.#options.folder, 'closed');
    }
  }
}

function grown(folder: string, seen: Position, acknowledged: Position): FeedmillError {
  return new FeedmillError(
    'JOURNAL_TAKEN',
    `The journal in ${folder} ended at ${seen} when it was read, and ${acknowledged} was ` +
      'acknowledged since: another process held the shard until now. Start this worker again.',
  );
}

function asJournalFault(error: unknown, folder: string, what: 'opened' | 'closed'): unknown {
  if (!isDiskError(error)) return error;
  return new FeedmillError(
    'JOURNAL_IO',
    `The journal in ${folder} cannot be ${what}: ${error.message}. Nothing of it was lost by ` +
      'that; check the volume, and start this worker again.',
    { cause: error },
  );
}

/** Whether the operating system failed a call, such as with EIO. */
function isDiskError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^E[A-Z0-9]+$/.test(error.code)
  );
}
