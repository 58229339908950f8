import type { BookLevelBody, Int64 } from '../event.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';

/**
 * The price levels of one side, in two parallel arrays that end with the best price: most changes
 * are near the top, and inserting near the end of an array moves little.
 */
export class BookSide {
  readonly #isBid: boolean;
  readonly #levelsMax: number;
  readonly #prices: Int64[] = [];
  readonly #sizes: Int64[] = [];

  constructor(isBid: boolean, levelsMax: number) {
    this.#isBid = isBid;
    this.#levelsMax = levelsMax;
  }

  /** Number of levels. */
  get depth(): number {
    return this.#prices.length;
  }

  /** Best price; undefined where there is no level. */
  get bestPrice(): Int64 | undefined {
    return this.#prices[this.#prices.length - 1];
  }

  get bestSize(): Int64 | undefined {
    return this.#sizes[this.#sizes.length - 1];
  }

  /** Sets the size of a level; 0 removes it. */
  set(price: Int64, size: Int64): void {
    const at = this.#find(price);
    const isKnown = this.#prices[at] === price;
    if (size === 0) {
      if (!isKnown) return;
      this.#prices.splice(at, 1);
      this.#sizes.splice(at, 1);
    } else if (isKnown) {
      this.#sizes[at] = size;
    } else {
      this.#prices.splice(at, 0, price);
      this.#sizes.splice(at, 0, size);
    }
  }

  /** Removes the worst levels beyond the bound. */
  truncate(): void {
    const excess = this.depth - this.#levelsMax;
    if (excess <= 0) return;
    this.#prices.splice(0, excess);
    this.#sizes.splice(0, excess);
  }

  clear(): void {
    this.#prices.length = 0;
    this.#sizes.length = 0;
  }

  /** The best `count` levels, best first. */
  levels(count: number): BookLevelBody[] {
    const levels: BookLevelBody[] = [];
    for (let at = this.depth - 1; at >= 0 && levels.length < count; at -= 1) {
      levels.push({ price: this.#prices[at] as Int64, size: this.#sizes[at] as Int64 });
    }
    return levels;
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.depth);
    for (const [at, price] of this.#prices.entries()) {
      writer.integer(price);
      writer.integer(this.#sizes[at] as Int64);
    }
  }

  readState(reader: StateReader): void {
    this.clear();
    const depth = reader.count(4);
    for (let at = 0; at < depth; at += 1) {
      this.#prices.push(reader.integer());
      this.#sizes.push(reader.integer());
    }
  }

  /** Index of the first level that is not worse than `price`. */
  #find(price: Int64): number {
    let low = 0;
    let high = this.#prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#prices[middle] as Int64;
      const isWorse = this.#isBid ? other < price : other > price;
      if (isWorse) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
