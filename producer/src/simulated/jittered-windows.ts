import assert from 'node:assert/strict';
import { mix32 } from './mix32.ts';

const TWO_32 = 4_294_967_296;

/**
 * Marks one index in every window of `width`, at a place that depends on the seed. How many are
 * marked below any index is a division away, so a stream can be entered anywhere: the marked
 * indexes are taken out of an outer numbering, and what is left has an inner numbering.
 */
export class JitteredWindows {
  readonly #width: number;
  readonly #seed: number;
  readonly #windowsSkipped: number;
  // The window that was asked about last; streams are mostly read in order.
  #start = 0;
  #end = 0;
  #countBeforeWindow = 0;
  #marked = -1;

  /**
   * @param width of a window, a whole number from 1, or Infinity to mark nothing
   * @param windowsSkipped windows at the beginning without a mark
   */
  constructor(width: number, seed: number, windowsSkipped: number) {
    assert(width >= 1, `a window of width ${width}`);
    this.#width = width;
    this.#seed = seed;
    this.#windowsSkipped = windowsSkipped;
    this.#enter(0);
  }

  /** How many marked indexes are lower than `index`. */
  countBefore(index: number): number {
    if (index < this.#start || index >= this.#end) this.#enter(index);
    const isPast = this.#marked >= 0 && this.#marked < index;
    return isPast ? this.#countBeforeWindow + 1 : this.#countBeforeWindow;
  }

  isMarked(index: number): boolean {
    if (index < this.#start || index >= this.#end) this.#enter(index);
    return this.#marked === index;
  }

  /** The outer index of the unmarked index that `inner` unmarked ones precede. */
  outerOf(inner: number): number {
    if (this.#width === Number.POSITIVE_INFINITY) return inner;
    // The highest index with at most `inner` unmarked ones below it is unmarked itself.
    let low = inner;
    let high = 2 * inner + 2 * this.#width;
    while (low < high) {
      const middle = low + Math.ceil((high - low) / 2);
      if (middle - this.countBefore(middle) <= inner) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #enter(index: number): void {
    if (this.#width === Number.POSITIVE_INFINITY) {
      this.#end = Number.POSITIVE_INFINITY;
      return;
    }
    const window = Math.floor(index / this.#width);
    this.#start = window * this.#width;
    this.#end = this.#start + this.#width;
    const count = window - this.#windowsSkipped;
    this.#countBeforeWindow = Math.max(0, count);
    const offset = Math.floor((mix32(this.#seed, window) / TWO_32) * this.#width);
    this.#marked = count < 0 ? -1 : this.#start + offset;
  }
}
