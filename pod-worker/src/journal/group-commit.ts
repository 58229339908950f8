import assert from 'node:assert/strict';
import { asPosition, type Position } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { AcknowledgedMark } from './acknowledged-mark.ts';
import {
  decodeHeader,
  ENTRY_HEADER_BYTES,
  encodeHeader,
  entryHash,
  type JournalEntry,
} from './journal-entry.ts';
import { isNoSpace } from './no-space.ts';
import type { Segment, SegmentFiles } from './segment-files.ts';

/** An entry that waits for its turn; hash and durable position are set when it is written. */
export type PendingEntry = Omit<JournalEntry, 'previousHash' | 'durablePosition'> & {
  /** The header as the other region's journal has it, where the entry is a copy. */
  readonly header?: Buffer;
};

/** An entry that is on disk, synced. */
export interface WrittenEntry {
  readonly entry: JournalEntry;
  readonly segmentFirst: Position;
  readonly endOffset: number;
}

/** Where a journal goes on. */
export interface JournalEnd {
  readonly lastHash: bigint;
  readonly lastPosition: Position;
  /** Within the last segment. */
  readonly writeOffset: number;
}

export interface GroupCommitOptions extends JournalEnd {
  readonly files: SegmentFiles;
  readonly mark: AcknowledgedMark;
  readonly clock: Clock;
  readonly groupBytesMax: number;
  /** Called after each sync with what it made durable, in order. */
  readonly onDurable: (written: readonly WrittenEntry[]) => void;
  /** Called after each sync with how long writing and syncing took, ms. */
  readonly onSync: (durationMs: number) => void;
  /**
   * Asked before a group is written and before it is promised: what to wait for until this process
   * is known to hold its shard. Undefined, the rule, where there is no doubt.
   */
  readonly doubt?: (() => Promise<void> | undefined) | undefined;
  /** Called once when the disk failed; nothing is written afterwards. */
  readonly onFailure: (error: FeedmillError) => void;
}

const SPACE_RETRY_MS = 250;

/**
 * Writes entries in order and makes them durable in groups: while one group is being synced the
 * next one gathers, so that the group's size follows the load and no timer is needed.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #pending: PendingEntry[] = [];
  #pendingBytes = 0;
  #running = false;
  #closed = false;
  #waitingForSpace = false;
  #lastHash: bigint;
  #durablePosition: Position;
  #segment: Segment | undefined;
  #offset: number;
  #idle: Promise<void> = Promise.resolve();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#lastHash = options.lastHash;
    this.#durablePosition = options.lastPosition;
    this.#segment = options.files.segments.at(-1);
    this.#offset = options.writeOffset;
  }

  get durablePosition(): Position {
    return this.#durablePosition;
  }

  /** `entryHash` of the newest entry that is written. */
  get lastHash(): bigint {
    return this.#lastHash;
  }

  /** Bytes appended but not synced yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether the volume has no room for the next segment; it is tried again until it has. */
  get waitingForSpace(): boolean {
    return this.#waitingForSpace;
  }

  append(entry: PendingEntry): void {
    this.#pending.push(entry);
    this.#pendingBytes += ENTRY_HEADER_BYTES + entry.payload.byteLength;
    if (!this.#running && !this.#closed) {
      this.#running = true;
      this.#idle = this.#run();
    }
  }

  /** Resolves when everything appended is durable. */
  async drain(): Promise<void> {
    await this.#idle;
  }

  /** Goes on behind an earlier entry. Only while nothing is appended or written. */
  restart(end: JournalEnd): void {
    assert(
      !this.#running && this.#pending.length === 0,
      'a journal is cut while nothing is written',
    );
    this.#lastHash = end.lastHash;
    this.#durablePosition = end.lastPosition;
    this.#segment = this.#options.files.segments.at(-1);
    this.#offset = end.writeOffset;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#idle;
  }

  async #run(): Promise<void> {
    try {
      while (this.#pending.length > 0 && !(this.#closed && this.#waitingForSpace)) {
        await this.#commitGroup();
      }
    } catch (error) {
      this.#closed = true;
      this.#options.onFailure(
        new FeedmillError(
          'JOURNAL_IO',
          `The journal cannot be written: ${FeedmillError.from(error).message}. What was not ` +
            'acknowledged will be sent again; check the volume before you start this worker.',
          { cause: error },
        ),
      );
    } finally {
      this.#running = false;
    }
  }

  async #commitGroup(): Promise<void> {
    const { files, mark } = this.#options;
    const first = this.#pending[0];
    if (first === undefined) return;
    const firstBytes = ENTRY_HEADER_BYTES + first.payload.byteLength;
    if (this.#segment === undefined || this.#offset + firstBytes > files.segmentBytes) {
      await this.#roll(first.position);
    }
    const segment = this.#segment as Segment;
    const buffers: Uint8Array[] = [];
    const written: WrittenEntry[] = [];
    let end = this.#offset;
    for (const pending of this.#pending) {
      const bytes = ENTRY_HEADER_BYTES + pending.payload.byteLength;
      const groupBytes = end - this.#offset;
      if (end + bytes > files.segmentBytes) break;
      if (groupBytes > 0 && groupBytes + bytes > this.#options.groupBytesMax) break;
      const { entry, header } = this.#entryOf(pending);
      this.#lastHash = entryHash(header);
      buffers.push(header, pending.payload);
      end += bytes;
      written.push({ entry, segmentFirst: segment.first, endOffset: end });
    }
    await this.#options.doubt?.();
    const startedMs = this.#options.clock.monotonicMs();
    await segment.file.write(buffers, this.#offset);
    this.#options.onSync(this.#options.clock.monotonicMs() - startedMs);
    await this.#options.doubt?.();
    this.#pending.splice(0, written.length);
    this.#pendingBytes -= end - this.#offset;
    this.#offset = end;
    const durablePosition = asPosition(first.position + written.length - 1);
    await mark.raise(durablePosition);
    if (this.#offset > files.segmentBytes / 2) files.prepareSpare();
    // Position and entries come into view together: a reader that saw the position alone would
    // look for the entries on disk.
    this.#durablePosition = durablePosition;
    this.#options.onDurable(written);
  }

  /** An entry of our own continues the chain; a copy has its header already. */
  #entryOf({ header, ...pending }: PendingEntry): { entry: JournalEntry; header: Buffer } {
    if (header !== undefined) {
      const entry = decodeHeader(header, pending.payload);
      assert(entry.previousHash === this.#lastHash, 'a copy continues the chain');
      return { entry, header };
    }
    const { lastHash: previousHash, durablePosition } = this;
    const entry: JournalEntry = { ...pending, previousHash, durablePosition };
    return { entry, header: encodeHeader(entry) };
  }

  async #roll(first: Position): Promise<void> {
    for (;;) {
      try {
        this.#segment = await this.#options.files.addSegment(first);
        this.#offset = 0;
        this.#waitingForSpace = false;
        return;
      } catch (error) {
        // A full volume is found out here, where nothing was promised yet, since segments are
        // written full of zeros before they are used. Everything else is fatal.
        if (!isNoSpace(error) || this.#closed) throw error;
        this.#waitingForSpace = true;
        await sleep(this.#options.clock, SPACE_RETRY_MS);
      }
    }
  }
}
