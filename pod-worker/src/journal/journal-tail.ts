import type { Position } from '@feedmill/core/brand';
import type { JournalEntry } from './journal-entry.ts';

/** An entry and where it lies. */
export interface TailEntry {
  readonly entry: JournalEntry;
  /** First position of its segment. */
  readonly segmentFirst: Position;
  readonly endOffset: number;
}

/**
 * The newest durable entries, kept in memory so that the processors need not read what was just
 * written. Beyond its bound the oldest are let go: they are on disk.
 */
export class JournalTail {
  readonly #bytesMax: number;
  #entries: TailEntry[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Lowest position held, or undefined when empty. */
  get firstPosition(): Position | undefined {
    return this.#entries[this.#head]?.entry.position;
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  push(tailEntry: TailEntry): void {
    this.#entries.push(tailEntry);
    this.#bytes += tailEntry.entry.payload.byteLength;
    while (this.#bytes > this.#bytesMax && this.#head < this.#entries.length - 1) this.#shift();
  }

  /** The entry at `position`, or undefined where it is not held. */
  get(position: Position): TailEntry | undefined {
    const first = this.firstPosition;
    if (first === undefined || position < first) return undefined;
    return this.#entries[this.#head + position - first];
  }

  /** Lets go of everything up to and including `through`. */
  release(through: Position): void {
    while (this.#head < this.#entries.length && (this.firstPosition ?? Infinity) <= through) {
      this.#shift();
    }
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #shift(): void {
    const gone = this.#entries[this.#head];
    if (gone === undefined) return;
    this.#bytes -= gone.entry.payload.byteLength;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
