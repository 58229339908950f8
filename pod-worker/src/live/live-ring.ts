import type { JournalEntry } from '../journal/journal-entry.ts';
import { EntryKind } from '../journal/journal-entry.ts';
import { LiveEntry } from './live-entry.ts';

interface HeldEntry {
  readonly entry: JournalEntry;
  /** Payload bytes that ever came, up to and including this entry. */
  readonly bytesThrough: number;
  /** The events; undefined until somebody wants them, and for entries that hold none. */
  live: LiveEntry | undefined;
}

/** The newest acknowledged entries. Beyond its bound the oldest are let go: they are on disk. */
export class LiveRing {
  readonly #bytesMax: number;
  readonly #nameOf: (producerId: bigint) => string;
  #held: HeldEntry[] = [];
  #head = 0;
  #bytesThrough = 0;
  /** Payload bytes that were let go. */
  #bytesGone = 0;

  constructor(bytesMax: number, nameOf: (producerId: bigint) => string) {
    this.#bytesMax = bytesMax;
    this.#nameOf = nameOf;
  }

  push(entry: JournalEntry): void {
    this.#bytesThrough += entry.payload.byteLength;
    this.#held.push({ entry, bytesThrough: this.#bytesThrough, live: undefined });
    while (this.#bytesThrough - this.#bytesGone > this.#bytesMax && this.#count() > 1) {
      this.#bytesGone = this.#held[this.#head]?.bytesThrough ?? this.#bytesGone;
      this.#head += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#head);
      this.#head = 0;
    }
  }

  has(position: number): boolean {
    return this.#at(position) !== undefined;
  }

  /** The events of the entry at `position`; undefined where it holds none or is not held. */
  events(position: number): LiveEntry | undefined {
    const held = this.#at(position);
    if (held?.entry.kind !== EntryKind.BATCH) return undefined;
    held.live ??= new LiveEntry(held.entry, this.#nameOf(held.entry.producerId));
    return held.live;
  }

  /** Payload bytes that came after `position`; not below what is held. */
  bytesAfter(position: number): number {
    return this.#bytesThrough - (this.#at(position)?.bytesThrough ?? this.#bytesGone);
  }

  clear(): void {
    this.#held = [];
    this.#head = 0;
    this.#bytesGone = this.#bytesThrough;
  }

  #count(): number {
    return this.#held.length - this.#head;
  }

  #at(position: number): HeldEntry | undefined {
    const first = this.#held[this.#head]?.entry.position;
    return first === undefined || position < first
      ? undefined
      : this.#held[this.#head + position - first];
  }
}
