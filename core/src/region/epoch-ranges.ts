import { asPosition, type Epoch, type Position } from '../brand.ts';

/** A run of journal entries that one epoch wrote. */
export interface EpochRange {
  readonly epoch: Epoch;
  readonly first: Position;
}

/** Ranges that a journal remembers; older ones are of no use, since their entries are long gone. */
const RANGES_MAX = 256;

/** The epochs of a journal, oldest first, as far back as it was read. */
export class EpochRanges {
  #ranges: EpochRange[] = [];

  get ranges(): readonly EpochRange[] {
    return this.#ranges;
  }

  /** Epoch of the newest entry; 0 where there is none. */
  get last(): Epoch {
    return this.#ranges.at(-1)?.epoch ?? (0 as Epoch);
  }

  /** Takes note of the next entry. */
  add(epoch: Epoch, position: Position): void {
    if (this.#ranges.at(-1)?.epoch === epoch) return;
    this.#ranges.push({ epoch, first: position });
    if (this.#ranges.length > RANGES_MAX) this.#ranges.shift();
  }

  /** Forgets what lies behind `position`. */
  cutAfter(position: Position): void {
    this.#ranges = this.#ranges.filter(({ first }) => first <= position);
  }
}

/** A journal as the other side needs to know it: its epochs, and its last position. */
export interface JournalOutline {
  readonly ranges: readonly EpochRange[];
  readonly last: Position;
}

/**
 * Through which position two journals of a shard are the same. An epoch is written by one primary,
 * so two journals that both have entries of it share these, and everything before, up to where the
 * shorter one ends.
 */
export function agreedPosition(ours: JournalOutline, theirs: JournalOutline): Position {
  for (let index = theirs.ranges.length - 1; index >= 0; index -= 1) {
    const { epoch } = theirs.ranges[index] as EpochRange;
    const ourIndex = ours.ranges.findIndex((range) => range.epoch === epoch);
    if (ourIndex < 0) continue;
    const agreed = Math.min(lastOf(theirs, index), lastOf(ours, ourIndex));
    return asPosition(agreed);
  }
  // A new volume whose rows were kept, or copied: its journal goes on where they end.
  if (theirs.ranges.length === 0) return asPosition(Math.min(theirs.last, ours.last));
  // No epoch in common that both remember: whatever theirs has from our oldest one on is another's.
  const oldest = ours.ranges[0]?.first ?? asPosition(ours.last + 1);
  return asPosition(Math.min(theirs.last, oldest - 1));
}

function lastOf({ ranges, last }: JournalOutline, index: number): number {
  const next = ranges[index + 1];
  return next === undefined ? last : next.first - 1;
}
