import { asPosition, type Position } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { WrittenEntry } from '../journal/group-commit.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalCursor } from '../journal/journal-cursor.ts';
import { ENTRY_HEADER_BYTES, encodeHeader, type JournalEntry } from '../journal/journal-entry.ts';
import type { WorkerLimits } from '../limits.ts';
import { entriesMessage, type ShippedEntry } from './entry-batch.ts';
import type { ReplicaCall } from './region-links.ts';

export interface EntryShipperOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly call: ReplicaCall;
  readonly limits: WorkerLimits;
  readonly takesZstd: boolean;
  /** Most bytes on the link in a second; 0: as many as it takes. */
  readonly bytesPerSecondMax: number;
  /** The first entry goes behind this position. */
  readonly after: Position;
  readonly onFailure: (error: FeedmillError) => void;
}

/** Bytes sent, and through which position. */
interface Sent {
  readonly through: Position;
  readonly bytes: number;
}

/**
 * Sends the synced entries of a journal down one stream: from memory while the follower keeps up,
 * from disk where it is behind. What it has not confirmed is bounded, and so is the bandwidth.
 */
export class EntryShipper {
  readonly #options: EntryShipperOptions;
  /** Entries right behind the newest sent one; empty while the disk is read. */
  #queue: WrittenEntry[] = [];
  #queueBytes = 0;
  #reader: JournalCursor | undefined;
  #sentThrough: Position;
  #unconfirmed: Sent[] = [];
  #unconfirmedBytes = 0;
  #isWritable = true;
  #isPumping = false;
  #isAgain = false;
  #isClosed = false;
  #credit = 0;
  #creditMs: number;

  constructor(options: EntryShipperOptions) {
    this.#options = options;
    this.#sentThrough = options.after;
    this.#creditMs = options.clock.monotonicMs();
    this.#readFromDisk();
  }

  /** Bytes that the follower has not confirmed, or Infinity while the disk is read. */
  get lagBytes(): number {
    if (this.#reader !== undefined) return Infinity;
    return this.#unconfirmedBytes + this.#queueBytes;
  }

  /** Entries became durable. */
  onDurable(written: readonly WrittenEntry[]): void {
    if (this.#isClosed) return;
    if (this.#reader === undefined) {
      for (const each of written) {
        this.#queue.push(each);
        this.#queueBytes += ENTRY_HEADER_BYTES + each.entry.payload.byteLength;
      }
      // Whoever is so far behind reads the disk, and leaves the memory to those that are not.
      if (this.#queueBytes > this.#options.limits.replicaQueueBytesMax) this.#readFromDisk();
    }
    this.pump();
  }

  onWritable(): void {
    this.#isWritable = true;
    this.pump();
  }

  onConfirmed(through: Position): void {
    while ((this.#unconfirmed[0]?.through ?? Infinity) <= through) {
      this.#unconfirmedBytes -= (this.#unconfirmed.shift() as Sent).bytes;
    }
    this.pump();
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
  }

  /** Sends what may be sent now. */
  pump(): void {
    if (this.#isPumping) {
      this.#isAgain = true;
      return;
    }
    this.#isPumping = true;
    this.#pump()
      .catch((error: unknown) => this.#options.onFailure(FeedmillError.from(error)))
      .finally(() => {
        this.#isPumping = false;
        if (!this.#isAgain) return;
        this.#isAgain = false;
        this.pump();
      });
  }

  async #pump(): Promise<void> {
    const { limits, clock } = this.#options;
    while (!this.#isClosed && this.#isWritable) {
      if (this.#unconfirmedBytes >= limits.replicaWindowBytes) return;
      const waitMs = this.#creditWaitMs();
      if (waitMs > 0) {
        await sleep(clock, waitMs);
        continue;
      }
      const entries = this.#reader === undefined ? this.#takeQueued() : await this.#takeRead();
      if (entries.length > 0) this.#send(entries);
      else if (this.#reader === undefined) return;
    }
  }

  #takeQueued(): JournalEntry[] {
    const { replicaMessageBytes } = this.#options.limits;
    const entries: JournalEntry[] = [];
    let bytes = 0;
    while (this.#queue.length > entries.length && bytes < replicaMessageBytes) {
      const { entry } = this.#queue[entries.length] as WrittenEntry;
      bytes += ENTRY_HEADER_BYTES + entry.payload.byteLength;
      entries.push(entry);
    }
    this.#queue.splice(0, entries.length);
    this.#queueBytes -= bytes;
    return entries;
  }

  /** Reads on from disk; at the end of the journal the memory takes over again. */
  async #takeRead(): Promise<JournalEntry[]> {
    const { limits } = this.#options;
    const reader = this.#reader as JournalCursor;
    const entries: JournalEntry[] = [];
    let bytes = 0;
    while (bytes < limits.replicaMessageBytes) {
      const entry = reader.next();
      if (entry !== undefined) {
        bytes += ENTRY_HEADER_BYTES + entry.payload.byteLength;
        entries.push(entry);
      } else if (!reader.behind) {
        // Nothing may become durable between this look and the switch: there is no wait between.
        this.#reader = undefined;
        return entries;
      } else if (entries.length > 0) {
        return entries;
      } else {
        await reader.fill();
      }
    }
    return entries;
  }

  #send(entries: readonly JournalEntry[]): void {
    const { call, takesZstd } = this.#options;
    const first = (entries[0] as JournalEntry).position;
    const last = (entries.at(-1) as JournalEntry).position;
    const shipped: ShippedEntry[] = entries.map((entry) => ({
      header: encodeHeader(entry),
      payload: entry.payload,
    }));
    const { message, linkBytes } = entriesMessage(first, shipped, takesZstd);
    this.#credit -= linkBytes;
    this.#sentThrough = last;
    let bytes = 0;
    for (const { payload } of shipped) bytes += ENTRY_HEADER_BYTES + payload.byteLength;
    this.#unconfirmed.push({ through: last, bytes });
    this.#unconfirmedBytes += bytes;
    this.#isWritable = call.send(message);
  }

  #readFromDisk(): void {
    this.#queue = [];
    this.#queueBytes = 0;
    this.#reader = this.#options.journal.reader(asPosition(this.#sentThrough));
  }

  /** How long the link has to rest; a burst of a tenth of a second goes through at once. */
  #creditWaitMs(): number {
    const { bytesPerSecondMax, clock } = this.#options;
    if (bytesPerSecondMax === 0) return 0;
    const nowMs = clock.monotonicMs();
    const gained = ((nowMs - this.#creditMs) / 1000) * bytesPerSecondMax;
    this.#creditMs = nowMs;
    this.#credit = Math.min(this.#credit + gained, bytesPerSecondMax / 10);
    return this.#credit >= 0 ? 0 : (-this.#credit / bytesPerSecondMax) * 1000;
  }
}
