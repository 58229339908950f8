import { join } from 'node:path';
import { asPosition, type Position } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import type { Disk, DiskFile } from '@feedmill/core/disk';

const SUFFIX = '.journal';
const SPARE = 'spare';
const NAME_DIGITS = 16;
const CHUNK_BYTES = 1024 * 1024;
// A spare takes half a second so; at 200,000 events/s a segment lasts for four.
const ZEROS_PAUSE_MS = 8;

/** One segment on disk, opened so that what is written is durable. Entries never span segments. */
export interface Segment {
  /** Position of the first entry. */
  readonly first: Position;
  readonly file: DiskFile;
}

/**
 * The segment files of a shard, oldest first, and one spare that is written full of zeros ahead of
 * time: a sync of bytes whose blocks exist already costs a third of one that must allocate them.
 * A trimmed segment becomes the next spare, so in steady state nothing is ever allocated.
 */
export class SegmentFiles {
  readonly segments: Segment[] = [];
  readonly segmentBytes: number;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #folder: string;
  /** Settles when the spare is there; undefined while nobody has begun one. */
  #spare: Promise<void> | undefined;

  private constructor(disk: Disk, clock: Clock, folder: string, segmentBytes: number) {
    this.#disk = disk;
    this.#clock = clock;
    this.#folder = folder;
    this.segmentBytes = segmentBytes;
  }

  /** Opens what is in `folder`, creating it where it is missing. */
  static async open(
    disk: Disk,
    clock: Clock,
    folder: string,
    segmentBytes: number,
  ): Promise<SegmentFiles> {
    await disk.makeFolder(folder);
    const files = new SegmentFiles(disk, clock, folder, segmentBytes);
    const names = await disk.list(folder);
    const firsts = names
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => Number(name.slice(0, -SUFFIX.length)))
      .sort((one, other) => one - other);
    for (const first of firsts) {
      const file = await disk.openDurable(files.#path(first));
      files.segments.push({ first: asPosition(first), file });
    }
    // A spare that a crash left half written is not worth the trouble of checking.
    await disk.remove(join(folder, SPARE));
    return files;
  }

  /** Bytes that the segments occupy, the spare not counted. */
  get occupiedBytes(): number {
    return this.segments.length * this.segmentBytes;
  }

  /** Begins to prepare the next segment in the background, once. */
  prepareSpare(): void {
    this.#spare ??= this.#writeSpare();
    // The failure surfaces where the spare is needed, in addSegment.
    this.#spare.catch(() => undefined);
  }

  /** Puts the spare into use as the segment whose first entry is `first`. */
  async addSegment(first: Position): Promise<Segment> {
    this.prepareSpare();
    try {
      await this.#spare;
    } catch (error) {
      // A volume that was full may have room the next time.
      this.#spare = undefined;
      throw error;
    }
    await this.#disk.rename(join(this.#folder, SPARE), this.#path(first));
    await this.#disk.syncFolder(this.#folder);
    this.#spare = undefined;
    const segment = { first, file: await this.#disk.openDurable(this.#path(first)) };
    this.segments.push(segment);
    return segment;
  }

  /** Gives up every segment that holds nothing above `through`; never the newest. */
  async trim(through: Position): Promise<void> {
    while (this.segments.length > 1) {
      const next = this.segments[1] as Segment;
      if (next.first > through + 1) return;
      const [oldest] = this.segments.splice(0, 1) as [Segment];
      await oldest.file.close();
      if (this.#spare === undefined) {
        // Set before anything is awaited, so that nobody begins to write another one meanwhile.
        this.#spare = this.#disk.rename(this.#path(oldest.first), join(this.#folder, SPARE));
        await this.#spare;
      } else {
        await this.#disk.remove(this.#path(oldest.first));
      }
    }
  }

  /**
   * Puts a copy of the newest segment in its place: its first `usedBytes`, blank behind. Whoever
   * wrote it before may only stand still, amid a write (SIGSTOP, a paused machine), and finish it
   * when it comes back; that write then goes to a file that has no name any more.
   */
  async renewLast(usedBytes: number): Promise<void> {
    const last = this.segments.at(-1);
    if (last === undefined) return;
    await this.#writeSpare({ file: last.file, bytes: usedBytes });
    await this.#disk.rename(join(this.#folder, SPARE), this.#path(last.first));
    await this.#disk.syncFolder(this.#folder);
    const file = await this.#disk.openDurable(this.#path(last.first));
    this.segments[this.segments.length - 1] = { first: last.first, file };
    await last.file.close();
  }

  /** Removes a segment that recovery found to hold nothing. */
  async dropLast(): Promise<void> {
    const last = this.segments.pop();
    if (last === undefined) return;
    await last.file.close();
    await this.#disk.remove(this.#path(last.first));
    await this.#disk.syncFolder(this.#folder);
  }

  async close(): Promise<void> {
    await this.#spare?.catch(() => undefined);
    for (const segment of this.segments) await segment.file.close();
  }

  /** Writes a spare; a copy, for which somebody waits, at once. */
  async #writeSpare(copied?: { readonly file: DiskFile; readonly bytes: number }): Promise<void> {
    const path = join(this.#folder, SPARE);
    // Bit by bit: a whole segment at once would keep the disk from the entries for 0.1 s.
    const isHurried = copied !== undefined || this.segments.length === 0;
    const file = await this.#disk.openDurable(path);
    let isWhole = false;
    try {
      const size = Math.max(this.segmentBytes, copied?.bytes ?? 0);
      for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - offset));
        if (copied !== undefined && offset < copied.bytes) {
          const kept = chunk.subarray(0, copied.bytes - offset);
          const found = await copied.file.read(kept, offset);
          if (found < kept.length) throw new Error(`a segment ends after ${offset + found} bytes`);
        }
        await file.write([chunk], offset);
        if (!isHurried) await sleep(this.#clock, ZEROS_PAUSE_MS);
      }
      isWhole = true;
    } finally {
      await file.close();
      // On a full volume the checkpoint needs the room that half a spare would keep.
      if (!isWhole) await this.#disk.remove(path);
    }
  }

  #path(first: number): string {
    return join(this.#folder, `${String(first).padStart(NAME_DIGITS, '0')}${SUFFIX}`);
  }
}
