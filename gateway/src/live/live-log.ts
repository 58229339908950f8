import assert from 'node:assert/strict';
import { type Flow, LiveCursor } from './live-cursor.ts';
import type { LiveMessage } from './live-message.ts';

/** Messages that came together: of one journal entry, of one transaction, or of states. */
export interface LogEntry {
  readonly number: number;
  /** undefined: of no shard, and no place of a cursor. */
  readonly shard: number | undefined;
  readonly flow: Flow;
  readonly position: number;
  readonly messages: readonly LiveMessage[];
  /** Where a client stands before and after it, who has had all before. */
  readonly before: LiveCursor;
  readonly after: LiveCursor;
  readonly bytes: number;
  /** Bytes of everything up to here, since the log began. */
  readonly bytesThrough: number;
}

// What a message costs beside its text, about.
const MESSAGE_BYTES = 400;

/**
 * The newest entries of all shards, in the order in which they came here. Every client reads from
 * it at its own place, so that a message is kept once for all of them.
 */
export class LiveLog {
  readonly #bytesMax: number;
  readonly #entriesMax: number;
  #entries: LogEntry[] = [];
  /** Entries at the front that were given up already. */
  #skipped = 0;
  #firstNumber = 0;
  #bytesThrough = 0;
  #bytesGivenUp = 0;
  #head = LiveCursor.start;
  /** By shard, what the log begins behind. */
  #floor = LiveCursor.start;

  constructor(bytesMax: number, entriesMax: number) {
    this.#bytesMax = bytesMax;
    this.#entriesMax = entriesMax;
  }

  /** Number of the oldest entry that is held. */
  get first(): number {
    return this.#firstNumber;
  }

  /** Number that the next entry gets. */
  get end(): number {
    return this.#firstNumber + this.#entries.length - this.#skipped;
  }

  get head(): LiveCursor {
    return this.#head;
  }

  get floor(): LiveCursor {
    return this.#floor;
  }

  get bytes(): number {
    return this.#bytesThrough - this.#bytesGivenUp;
  }

  /**
   * Everything of the shard behind these positions will come. Where the log has something of it
   * already, a message in the log says that there is a hole.
   */
  begin(shard: number, place: Readonly<Partial<Record<Flow, number>>>): void {
    const { events, derived } = this.#head.place(shard);
    const isNew = place.events === undefined ? derived < 0 : events < 0;
    this.#head = this.#head.advance(shard, place);
    if (isNew) this.#floor = this.#floor.advance(shard, place);
  }

  /** Forgets everything, as if nothing had been followed. */
  reset(): void {
    this.#giveUp(this.end - this.first);
    this.#head = LiveCursor.start;
    this.#floor = LiveCursor.start;
  }

  entry(number: number): LogEntry | undefined {
    return this.#entries[number - this.#firstNumber + this.#skipped];
  }

  /** Bytes of the entries from a number on. */
  bytesFrom(number: number): number {
    const before = this.entry(number - 1);
    return this.#bytesThrough - (before?.bytesThrough ?? this.#bytesGivenUp);
  }

  /** What has passed without a message. */
  advance(shard: number, flow: Flow, position: number): void {
    this.#head = this.#head.advance(shard, { [flow]: position });
  }

  /** Adds what came of a shard, or states, which have no place. */
  append(
    source: { readonly shard: number; readonly flow: Flow; readonly position: number } | undefined,
    messages: readonly LiveMessage[],
    payloadBytes: number,
  ): void {
    assert(messages.length > 0);
    const before = this.#head;
    if (source !== undefined) this.advance(source.shard, source.flow, source.position);
    const bytes = payloadBytes + messages.length * MESSAGE_BYTES;
    this.#bytesThrough += bytes;
    this.#entries.push({
      number: this.end,
      shard: source?.shard,
      flow: source?.flow ?? 'events',
      position: source?.position ?? 0,
      messages,
      before,
      after: this.#head,
      bytes,
      bytesThrough: this.#bytesThrough,
    });
  }

  /** Whether the oldest entry is to be given up. */
  get isFull(): boolean {
    const entries = this.end - this.first;
    return entries > 1 && (this.bytes > this.#bytesMax || entries > this.#entriesMax);
  }

  /** Gives up the oldest entries, as far as the log is too large. */
  trim(): void {
    while (this.isFull) this.#giveUp(1);
  }

  #giveUp(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const oldest = this.#entries[this.#skipped] as LogEntry;
      this.#bytesGivenUp = oldest.bytesThrough;
      this.#floor = this.#floor.merge(oldest.after);
      this.#skipped += 1;
      this.#firstNumber += 1;
    }
    // Moved together now and then, since a shift of a long array costs as much as its length.
    if (this.#skipped > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#skipped);
      this.#skipped = 0;
    }
  }
}

/** Where a reader stands behind a message, who has had all before. */
export function cursorBehind(entry: LogEntry, message: LiveMessage): LiveCursor {
  const { shard, flow, before, after, messages } = entry;
  if (shard === undefined || message === messages.at(-1)) return after;
  // What a transaction derived is told again from its beginning: such rows replace each other.
  return flow === 'derived' ? before : before.advance(shard, { part: message.ordinal });
}
