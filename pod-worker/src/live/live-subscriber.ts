import { asPosition, type Position } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import { status } from '@grpc/grpc-js';
import type { Journal } from '../journal/journal.ts';
import type { JournalCursor } from '../journal/journal-cursor.ts';
import { EntryKind } from '../journal/journal-entry.ts';
import { ConflatedEvents } from './conflated-events.ts';
import type { LiveCall, LiveStream } from './live-call.ts';
import { encodePosition, encodeResponse, LiveEntry } from './live-entry.ts';
import type { LiveFilter } from './live-filter.ts';
import { liveRefusals } from './live-refusals.ts';
import type { LiveRing } from './live-ring.ts';

export interface LiveSubscriberOptions {
  readonly call: LiveCall;
  readonly ring: LiveRing;
  readonly journal: Pick<Journal, 'reader' | 'firstPosition'>;
  readonly filter: LiveFilter;
  /** Whether a slow reader gets everything, later, rather than the newest. */
  readonly isComplete: boolean;
  readonly after: Position;
  /** The newest entry that may be shown. */
  readonly newest: () => Position;
  readonly nameOf: (producerId: bigint) => string;
  readonly backlogBytesMax: number;
  readonly conflatedKeysMax: number;
  readonly onClosed: (subscriber: LiveSubscriber) => void;
}

/**
 * One reader of a shard's events: from memory where it keeps up, from the journal where it comes
 * back or reads everything slowly. It is never waited for.
 */
export class LiveSubscriber implements LiveStream {
  readonly #options: LiveSubscriberOptions;
  readonly #conflated: ConflatedEvents;
  #position: Position;
  /** What the reader was last told. */
  #toldPosition = -1;
  /** Up to here events are in #conflated. */
  #conflatedThrough: Position;
  #reader: JournalCursor | undefined;
  #isWritable = true;
  #isClosed = false;
  #isPumping = false;

  constructor(options: LiveSubscriberOptions) {
    this.#options = options;
    this.#position = options.after;
    this.#conflatedThrough = options.after;
    this.#conflated = new ConflatedEvents(options.conflatedKeysMax);
    this.tellPosition();
  }

  onWritable(): void {
    this.#isWritable = true;
    this.advance();
  }

  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader = undefined;
    this.#options.onClosed(this);
  }

  /** Ends the stream from our side. */
  end(refusal: Parameters<LiveCall['refuse']>[0]): void {
    if (this.#isClosed) return;
    this.onClosed();
    this.#options.call.refuse(refusal);
  }

  /** Sends what there is, for as long as the reader takes it. */
  advance(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#pump().catch((error: unknown) => {
      const { message } = FeedmillError.from(error);
      this.end({ code: status.INTERNAL, details: `The journal cannot be read: ${message}` });
    });
  }

  /** Says how far the reader is, where it has heard nothing since it was there. */
  tellPosition(): void {
    if (this.#isClosed || !this.#isWritable || this.#position === this.#toldPosition) return;
    this.#send(encodePosition(this.#position));
  }

  async #pump(): Promise<void> {
    try {
      await this.#sendAll();
    } finally {
      this.#isPumping = false;
    }
  }

  async #sendAll(): Promise<void> {
    const { ring, newest } = this.#options;
    while (!this.#isClosed) {
      if (!this.#isWritable) {
        this.#conflate();
        return;
      }
      if (!this.#conflated.isEmpty) {
        const response = this.#conflated.next(this.#position, this.#conflatedThrough);
        if (this.#conflated.isEmpty) this.#position = this.#conflatedThrough;
        this.#send(response);
        continue;
      }
      const wanted = asPosition(this.#position + 1);
      if (wanted > newest()) return;
      if (ring.has(wanted)) {
        this.#reader = undefined;
        this.#position = wanted;
        this.#sendEntry(ring.events(wanted));
      } else {
        await this.#readOne();
      }
    }
  }

  /** Keeps the newest of each symbol of what the reader will not get in time. */
  #conflate(): void {
    const { ring, newest, backlogBytesMax, filter, isComplete } = this.#options;
    if (isComplete || this.#reader !== undefined) return;
    const from = Math.max(this.#position, this.#conflatedThrough);
    if (this.#conflated.isEmpty && ring.bytesAfter(from) <= backlogBytesMax) return;
    for (let position = from + 1; position <= newest(); position += 1) {
      const entry = ring.events(position);
      if (entry !== undefined) {
        for (const event of filter.select(entry)) this.#conflated.add(entry, event);
      }
      this.#conflatedThrough = asPosition(position);
    }
  }

  async #readOne(): Promise<void> {
    const { journal, nameOf } = this.#options;
    this.#reader ??= journal.reader(this.#position);
    let entry = this.#reader.next();
    if (entry === undefined) {
      try {
        if (this.#isTrimmed()) return;
        await this.#reader.fill();
      } catch (error) {
        // The segment may have been given up while it was read.
        if (this.#isTrimmed()) return;
        throw error;
      }
      if (this.#isClosed) return;
      entry = this.#reader?.next();
    }
    if (entry === undefined) return;
    this.#position = entry.position;
    if (entry.kind === EntryKind.BATCH) {
      this.#sendEntry(new LiveEntry(entry, nameOf(entry.producerId)));
    }
  }

  #isTrimmed(): boolean {
    const { firstPosition } = this.#options.journal;
    if (this.#position + 1 >= firstPosition) return false;
    this.end(liveRefusals.trimmed(this.#position, firstPosition));
    return true;
  }

  #sendEntry(entry: LiveEntry | undefined): void {
    if (entry === undefined) return;
    const { filter } = this.#options;
    if (filter.isOpen) {
      if (entry.events.length > 0) this.#send(entry.whole);
      return;
    }
    const events = filter.select(entry);
    if (events.length > 0) this.#send(encodeResponse(entry, events, 0));
  }

  #send(response: Buffer): void {
    this.#toldPosition = this.#position;
    this.#isWritable = this.#options.call.send(response);
  }
}
