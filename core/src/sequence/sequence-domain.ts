import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import type { Int64 } from '../event.ts';
import { OPEN_HOLES_MAX } from '../limits.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { HoleList, type SequenceGap } from './hole-list.ts';
import { decrement, increment, larger } from './unsigned.ts';

/** What a message's venue sequence says about it. */
export const SequenceVerdict = {
  /** It follows what came before, or cannot be told not to. */
  IN_ORDER: 0,
  /** All of it has been seen: a copy from a redundant line, or contained in the last snapshot. */
  DUPLICATE: 1,
  /** It is taken in order, and with it something is known to be missing: see `opened`. */
  GAP: 2,
  /** It brings something that was reported missing: see `repaired` for gaps now complete. */
  FILLS_GAP: 3,
  /** It comes late, but within the reorder window, so that no gap was reported. */
  REORDERED: 4,
  /** It lies before everything known of, or goes back where order is all that is known. */
  REGRESSION: 5,
} as const;
export type SequenceVerdict = (typeof SequenceVerdict)[keyof typeof SequenceVerdict];

const { DENSE, LINKED, RANGE, SPARSE } = SequenceKind;
// `#next` of a domain whose position is not a safe number; no comparison with it holds.
const NO_NUMBER = Number.NaN;

/**
 * How far one venue sequence has come: that of a producer's symbol or channel, within one session
 * and epoch. Every kind is read as the run of sequences that a message covers: DENSE and RANGE
 * cover `sequence` to `sequenceEnd`, LINKED covers everything after `prevSequence`.
 */
export class SequenceDomain {
  /** Gaps found by the last call that returned GAP, or by the last `settle`. */
  readonly opened: SequenceGap[] = [];
  /** Gaps completed by the last call that returned FILLS_GAP, or by the last resync. */
  readonly repaired: SequenceGap[] = [];

  readonly #reorderWindow: number;
  // The sequence expected next, in one of two representations: a number field that is always a
  // number stays unboxed, so that the usual message allocates nothing.
  #next = NO_NUMBER;
  #wideNext: bigint | undefined;
  /** Below this it is not known what was seen. */
  #floor: Int64 = 0;
  #isStarted = false;
  #holes = new HoleList();
  /** Messages that went beyond the highest sequence while a hole was waiting. */
  #advances = 0;

  /** @param reorderWindow how many advancing messages may overtake one before it is missing */
  constructor(reorderWindow = 0) {
    this.#reorderWindow = reorderWindow;
  }

  /** The highest sequence seen; undefined before the first. */
  get highest(): Int64 | undefined {
    return this.#isStarted ? decrement(this.#expected()) : undefined;
  }

  /** Gaps not repaired so far, oldest first. */
  openGaps(): SequenceGap[] {
    return this.#holes.gaps();
  }

  /**
   * Takes the next message. The lists `opened` and `repaired` speak of this call only when it
   * returned GAP or FILLS_GAP.
   *
   * @param sequenceEnd last sequence of a range; 0, or anything below `sequence`, for none
   * @param prevSequence LINKED only: the last sequence of the message before
   */
  observe(
    kind: SequenceKind,
    sequence: Int64,
    sequenceEnd: Int64 = 0,
    prevSequence: Int64 = 0,
  ): SequenceVerdict {
    if (
      typeof sequence === 'number' &&
      typeof sequenceEnd === 'number' &&
      typeof prevSequence === 'number'
    ) {
      const end = sequenceEnd > sequence ? sequenceEnd : sequence;
      const first = kind === LINKED && prevSequence < end ? prevSequence + 1 : sequence;
      const isNext = first === this.#next || (kind === SPARSE && first > this.#next);
      if (isNext && end < Number.MAX_SAFE_INTEGER && this.#holes.waiting === 0) {
        this.#next = end + 1;
        return SequenceVerdict.IN_ORDER;
      }
    }
    return this.#observeUnusual(kind, sequence, sequenceEnd, prevSequence);
  }

  /**
   * Takes a snapshot that contains everything through `asOfSequence`: gaps up to there are repaired
   * by it and stand in `repaired`, and the next message follows it.
   */
  resync(asOfSequence: Int64): void {
    this.opened.length = 0;
    this.repaired.length = 0;
    this.#holes.fill(0, asOfSequence, this.repaired);
    const next = increment(asOfSequence);
    if (!this.#isStarted || next >= this.#floor) this.#floor = 0;
    if (!this.#isStarted || next > this.#expected()) this.#setNext(next);
  }

  /** Reports what the reorder window still waits for, because the session has ended. */
  settle(): void {
    this.opened.length = 0;
    this.repaired.length = 0;
    this.#holes.report(this.#advances, this.opened);
    this.#advances = 0;
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#reorderWindow);
    writer.boolean(this.#isStarted);
    if (!this.#isStarted) return;
    writer.integer(this.#expected());
    writer.integer(this.#floor);
    writer.varint(this.#advances);
    this.#holes.writeState(writer);
  }

  static readState(reader: StateReader): SequenceDomain {
    const domain = new SequenceDomain(reader.varint());
    if (!reader.boolean()) return domain;
    domain.#setNext(reader.integer());
    domain.#floor = reader.integer();
    domain.#advances = reader.varint();
    domain.#holes = HoleList.readState(reader);
    return domain;
  }

  #observeUnusual(
    kind: SequenceKind,
    sequence: Int64,
    sequenceEnd: Int64,
    prevSequence: Int64,
  ): SequenceVerdict {
    const isKnown = kind === DENSE || kind === RANGE || kind === LINKED || kind === SPARSE;
    if (!isKnown) return SequenceVerdict.IN_ORDER;
    this.opened.length = 0;
    this.repaired.length = 0;
    const end = larger(sequence, sequenceEnd);
    const first = kind === LINKED && prevSequence < end ? increment(prevSequence) : sequence;
    if (!this.#isStarted) {
      this.#floor = first;
      this.#setNext(increment(end));
      return SequenceVerdict.IN_ORDER;
    }
    if (kind === SPARSE) return this.#observeSparse(end);
    if (end < this.#expected()) return this.#observeLate(first, end);
    return this.#observeAdvance(first, end);
  }

  /** Only the order counts. Several messages may carry the same sequence. */
  #observeSparse(end: Int64): SequenceVerdict {
    const next = increment(end);
    if (next < this.#expected()) return SequenceVerdict.REGRESSION;
    this.#setNext(next);
    return SequenceVerdict.IN_ORDER;
  }

  #observeLate(first: Int64, end: Int64): SequenceVerdict {
    switch (this.#holes.fill(first, end, this.repaired)) {
      case 'gap':
        return SequenceVerdict.FILLS_GAP;
      case 'hole':
        return SequenceVerdict.REORDERED;
      case 'nothing':
        return first < this.#floor ? SequenceVerdict.REGRESSION : SequenceVerdict.DUPLICATE;
    }
  }

  #observeAdvance(first: Int64, end: Int64): SequenceVerdict {
    const expected = this.#expected();
    if (this.#holes.waiting > 0) this.#advances += 1;
    const filled =
      first < expected ? this.#holes.fill(first, end, this.repaired) : ('nothing' as const);
    if (first > expected) this.#holes.open(expected, decrement(first), this.#advances);
    this.#setNext(increment(end));
    this.#holes.report(this.#advances - this.#reorderWindow, this.opened);
    while (this.#holes.length > OPEN_HOLES_MAX) {
      const { lastMissing } = this.#holes.abandonOldest(this.opened);
      this.#floor = larger(this.#floor, increment(lastMissing));
    }
    if (this.#holes.waiting === 0) this.#advances = 0;
    if (this.opened.length > 0) return SequenceVerdict.GAP;
    return filled === 'gap' ? SequenceVerdict.FILLS_GAP : SequenceVerdict.IN_ORDER;
  }

  #expected(): Int64 {
    return this.#wideNext ?? this.#next;
  }

  #setNext(next: Int64): void {
    this.#isStarted = true;
    const isNumber = typeof next === 'number';
    this.#next = isNumber ? next : NO_NUMBER;
    this.#wideNext = isNumber ? undefined : next;
  }
}
