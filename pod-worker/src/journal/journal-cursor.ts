import assert from 'node:assert/strict';
import { asPosition, type Position } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import { decodeEntry, ENTRY_HEADER_BYTES, type JournalEntry } from './journal-entry.ts';
import type { JournalTail } from './journal-tail.ts';
import type { Segment, SegmentFiles } from './segment-files.ts';

export interface JournalCursorOptions {
  readonly files: SegmentFiles;
  /** What is still in memory; it lets go of what this reader took. Undefined: the disk alone. */
  readonly tail: JournalTail | undefined;
  readonly readAheadBytes: number;
  readonly after: Position;
  readonly durablePosition: () => Position;
  /** How often the journal was cut back: what was read before may be gone. */
  readonly cutCount: () => number;
}

/**
 * Reads durable entries in order: from memory where they are still there, otherwise from disk.
 * `next` is synchronous; when it has nothing although `behind` is true, `fill` must be awaited.
 */
export class JournalCursor {
  readonly #options: JournalCursorOptions;
  #position: Position;
  #buffer: Buffer = Buffer.alloc(0);
  #bufferAt = 0;
  #segmentFirst: Position | undefined;
  #offset = 0;
  #cutCount: number;

  constructor(options: JournalCursorOptions) {
    this.#options = options;
    this.#position = options.after;
    this.#cutCount = options.cutCount();
  }

  /** Position of the entry returned last. */
  get position(): Position {
    return this.#position;
  }

  /** Whether a durable entry is left to read. */
  get behind(): boolean {
    return this.#position < this.#options.durablePosition();
  }

  /** The next entry, or undefined where there is none in memory. */
  next(): JournalEntry | undefined {
    if (!this.behind) return undefined;
    this.#forgetCut();
    const wanted = asPosition(this.#position + 1);
    const { tail } = this.#options;
    const held = tail?.get(wanted);
    if (held !== undefined) {
      tail?.release(wanted);
      this.#segmentFirst = held.segmentFirst;
      this.#offset = held.endOffset;
      this.#buffer = Buffer.alloc(0);
      this.#bufferAt = 0;
      this.#position = wanted;
      return held.entry;
    }
    const entry = decodeEntry(this.#buffer, this.#bufferAt);
    if (typeof entry === 'string' || entry.position !== wanted) return undefined;
    const length = ENTRY_HEADER_BYTES + entry.payload.byteLength;
    this.#bufferAt += length;
    this.#offset += length;
    this.#position = wanted;
    return entry;
  }

  /**
   * Reads on from disk, so that `next` has an entry.
   *
   * @throws FeedmillError JOURNAL_CORRUPT when a durable entry is damaged; JOURNAL_IO when the
   *   volume does not let it be read
   */
  async fill(): Promise<void> {
    const wanted = asPosition(this.#position + 1);
    if (!this.behind || this.#options.tail?.get(wanted) !== undefined) return;
    this.#forgetCut();
    const segment = this.#segmentOf(wanted);
    if (segment.first !== this.#segmentFirst) {
      this.#segmentFirst = segment.first;
      this.#offset = 0;
    }
    // Reading begins at a place known to be an entry's start and skips what came before.
    for (;;) {
      const buffer = Buffer.allocUnsafe(this.#options.readAheadBytes);
      const length = await this.#read(segment, buffer);
      let at = 0;
      for (;;) {
        const entry = decodeEntry(buffer.subarray(0, length), at);
        if (typeof entry === 'string') {
          // What was read ends within an entry, or just where one does.
          if (at > 0 && (entry === 'short' || at === length)) break;
          throw this.#unreadable(wanted, entry);
        }
        if (entry.position === wanted) {
          this.#buffer = buffer.subarray(0, length);
          this.#bufferAt = at;
          this.#offset += at;
          return;
        }
        if (entry.position > wanted) throw this.#unreadable(wanted, 'missing');
        at += ENTRY_HEADER_BYTES + entry.payload.byteLength;
      }
      this.#offset += at;
    }
  }

  async #read({ file, first }: Segment, target: Buffer): Promise<number> {
    try {
      return await file.read(target, this.#offset);
    } catch (error) {
      throw new FeedmillError(
        'JOURNAL_IO',
        `The journal segment from position ${first} cannot be read at byte ${this.#offset} ` +
          `(${FeedmillError.from(error).message}). Nothing of it was lost by that; check the ` +
          'volume, and start this worker again.',
        { cause: error },
      );
    }
  }

  #forgetCut(): void {
    const count = this.#options.cutCount();
    if (count === this.#cutCount) return;
    this.#cutCount = count;
    this.#buffer = Buffer.alloc(0);
    this.#bufferAt = 0;
    this.#segmentFirst = undefined;
    this.#offset = 0;
  }

  #segmentOf(position: Position): Segment {
    const { segments } = this.#options.files;
    let found: Segment | undefined;
    for (const segment of segments) if (segment.first <= position) found = segment;
    assert(found !== undefined, `no segment holds position ${position}: it was trimmed too early`);
    return found;
  }

  #unreadable(position: Position, why: string): FeedmillError {
    return new FeedmillError(
      'JOURNAL_CORRUPT',
      `The journal entry at position ${position} was synced and cannot be read back (${why}). ` +
        'The volume is failing: nothing was skipped. See docs/runbooks/journal-corrupt.md.',
    );
  }
}
