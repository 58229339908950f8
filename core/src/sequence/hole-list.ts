import type { Int64 } from '../event.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { countBetween, decrement, increment, larger, minus, smaller } from './unsigned.ts';

/** A stretch of a venue's sequence that was reported missing. */
export interface SequenceGap {
  readonly firstMissing: Int64;
  readonly lastMissing: Int64;
  /** How many of it are still missing. */
  missing: Int64;
}

/** A run of sequences that have not arrived. */
interface Hole {
  first: Int64;
  last: Int64;
  /** Count of advancing messages at which it opened. */
  readonly openedAt: number;
  /** The gap it belongs to; undefined while it may still be mere reordering. */
  gap: SequenceGap | undefined;
}

/** What a late message filled. */
export type Filled = 'nothing' | 'hole' | 'gap';

/** The sequences below the highest that have not arrived: disjoint runs in ascending order. */
export class HoleList {
  readonly #holes: Hole[] = [];
  /** Holes at the end of the list that are not reported yet. */
  #waiting = 0;

  get length(): number {
    return this.#holes.length;
  }

  /** How many holes may still turn out to be reordering. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds a hole above all others. */
  open(first: Int64, last: Int64, openedAt: number): void {
    this.#holes.push({ first, last, openedAt, gap: undefined });
    this.#waiting += 1;
  }

  /** Turns every hole opened at or before `openedAt` into a gap, and appends those to `gaps`. */
  report(openedAt: number, gaps: SequenceGap[]): void {
    for (const hole of this.#holes.slice(this.#holes.length - this.#waiting)) {
      if (hole.openedAt > openedAt) return;
      gaps.push(this.#reportNext());
    }
  }

  /** Takes `first` to `last` off the holes; gaps that are complete by it go to `repaired`. */
  fill(first: Int64, last: Int64, repaired: SequenceGap[]): Filled {
    let filled: Filled = 'nothing';
    // From the end, because what comes late is mostly recent, and splicing stays behind the cursor.
    for (let at = this.#holes.length - 1; at >= 0; at -= 1) {
      const hole = this.#holes[at] as Hole;
      if (hole.last < first) break;
      if (hole.first > last) continue;
      if (hole.gap !== undefined) filled = 'gap';
      else if (filled === 'nothing') filled = 'hole';
      this.#take(at, hole, larger(first, hole.first), smaller(last, hole.last), repaired);
    }
    return filled;
  }

  /** Forgets the oldest gap, reporting it first where it was not; it stays unrepaired. */
  abandonOldest(gaps: SequenceGap[]): SequenceGap {
    if (this.#waiting === this.#holes.length) gaps.push(this.#reportNext());
    const gap = (this.#holes[0] as Hole).gap as SequenceGap;
    const isKept = (hole: Hole): boolean => hole.gap !== gap;
    const kept = this.#holes.filter(isKept);
    this.#holes.splice(0, this.#holes.length, ...kept);
    return gap;
  }

  /** The gaps that are still open, oldest first. */
  gaps(): SequenceGap[] {
    const gaps = this.#holes.map(({ gap }) => gap).filter((gap) => gap !== undefined);
    return [...new Set(gaps)];
  }

  writeState(writer: StateWriter): void {
    const gaps = this.gaps();
    writer.varint(gaps.length);
    for (const { firstMissing, lastMissing, missing } of gaps) {
      writer.integer(firstMissing);
      writer.integer(lastMissing);
      writer.integer(missing);
    }
    writer.varint(this.#holes.length);
    for (const { first, last, openedAt, gap } of this.#holes) {
      writer.integer(first);
      writer.integer(last);
      writer.varint(openedAt);
      writer.varint(gap === undefined ? 0 : gaps.indexOf(gap) + 1);
    }
  }

  static readState(reader: StateReader): HoleList {
    const list = new HoleList();
    const gaps = Array.from({ length: reader.count(6) }, () => ({
      firstMissing: reader.integer(),
      lastMissing: reader.integer(),
      missing: reader.integer(),
    }));
    const count = reader.count(6);
    for (let at = 0; at < count; at += 1) {
      list.open(reader.integer(), reader.integer(), reader.varint());
      const gapNumber = reader.varint();
      if (gapNumber > gaps.length) throw reader.invalid(`a hole of gap ${gapNumber}, not listed`);
      if (gapNumber === 0) continue;
      (list.#holes[at] as Hole).gap = gaps[gapNumber - 1];
      list.#waiting -= 1;
    }
    return list;
  }

  #take(at: number, hole: Hole, first: Int64, last: Int64, repaired: SequenceGap[]): void {
    const { gap } = hole;
    if (gap !== undefined) {
      gap.missing = minus(gap.missing, countBetween(first, last));
      if (gap.missing === 0) repaired.push(gap);
    }
    if (first === hole.first && last === hole.last) {
      this.#holes.splice(at, 1);
      if (gap === undefined) this.#waiting -= 1;
    } else if (first === hole.first) {
      hole.first = increment(last);
    } else if (last === hole.last) {
      hole.last = decrement(first);
    } else {
      this.#holes.splice(at + 1, 0, { ...hole, first: increment(last) });
      hole.last = decrement(first);
      if (gap === undefined) this.#waiting += 1;
    }
  }

  /** Makes the oldest hole that is not reported yet a gap. */
  #reportNext(): SequenceGap {
    const hole = this.#holes[this.#holes.length - this.#waiting] as Hole;
    const { first, last } = hole;
    hole.gap = { firstMissing: first, lastMissing: last, missing: countBetween(first, last) };
    this.#waiting -= 1;
    return hole.gap;
  }
}
