import type { Position } from '@feedmill/core/brand';
import type { WrittenEntry } from '../journal/group-commit.ts';

/** An entry that was synced before this start: its producer waits for it all the same. */
export interface RecoveredBatch {
  readonly position: Position;
  readonly producerId: bigint;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** What a release lets through, in the order of the journal. */
export interface Released {
  readonly recovered: readonly RecoveredBatch[];
  readonly written: readonly WrittenEntry[];
}

/** Entries that are synced here and may not be acknowledged yet. */
export class ReleaseGate {
  #recovered: RecoveredBatch[];
  #written: WrittenEntry[] = [];
  #released: Position;

  constructor(released: Position, recovered: readonly RecoveredBatch[]) {
    this.#released = released;
    this.#recovered = recovered.filter(({ position }) => position > released);
  }

  /** Through here entries were let through; it never falls. */
  get released(): Position {
    return this.#released;
  }

  get isWaiting(): boolean {
    return this.#written.length > 0 || this.#recovered.length > 0;
  }

  /** First sequence of each producer that waits: what is before it was acknowledged. */
  firstWaiting(): Map<bigint, number> {
    const first = new Map<bigint, number>();
    const note = (producerId: bigint, sequence: number): void => {
      if (!first.has(producerId)) first.set(producerId, sequence);
    };
    for (const batch of this.#recovered) note(batch.producerId, batch.firstSequence);
    for (const { entry } of this.#written) {
      if (entry.eventCount > 0) note(entry.producerId, entry.firstSequence + entry.skipCount);
    }
    return first;
  }

  push(written: readonly WrittenEntry[]): void {
    for (const each of written) {
      if (each.entry.position > this.#released) this.#written.push(each);
    }
  }

  /** Lets everything up to `through` pass; undefined where nothing is new. */
  release(through: Position): Released | undefined {
    if (through <= this.#released) return undefined;
    this.#released = through;
    const recovered = takeThrough(this.#recovered, through, ({ position }) => position);
    const written = takeThrough(this.#written, through, ({ entry }) => entry.position);
    return { recovered, written };
  }

  /** Forgets what the journal was cut back by. */
  cutAfter(position: Position): void {
    this.#recovered = this.#recovered.filter((each) => each.position <= position);
    this.#written = this.#written.filter(({ entry }) => entry.position <= position);
  }
}

function takeThrough<T>(queue: T[], through: Position, positionOf: (each: T) => Position): T[] {
  let count = 0;
  while (count < queue.length && positionOf(queue[count] as T) <= through) count += 1;
  return queue.splice(0, count);
}
