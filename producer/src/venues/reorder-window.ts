import type { Int64 } from '@feedmill/core/event';
import { increment } from '@feedmill/core/sequence/unsigned';

interface Held<Item> {
  readonly first: Int64;
  readonly last: Int64;
  readonly item: Item;
  readonly heldAt: bigint;
}

/** How many may wait, and for how long. */
export interface ReorderBounds {
  readonly itemsMax: number;
  readonly waitNanosMax: bigint;
}

/**
 * Puts numbered items that come out of order into order: what comes too early waits for the numbers
 * before it. It waits no longer than the bounds allow; then the missing numbers are given up and
 * what waits goes on. An item that comes after it was given up goes on at once, late.
 */
export class ReorderWindow<Item> {
  readonly #bounds: ReorderBounds;
  /** Sorted by number. */
  #held: Held<Item>[] = [];
  #next: Int64 | undefined;

  constructor(bounds: ReorderBounds) {
    this.#bounds = bounds;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#held.length;
  }

  /**
   * Takes an item that covers the numbers from `first` to `last`.
   *
   * @param at time of its receipt, ns
   * @returns what may go on now, in order
   */
  push(first: Int64, last: Int64, item: Item, at: bigint): Item[] {
    if (this.#next !== undefined && first > this.#next) {
      this.#hold({ first, last, item, heldAt: at });
      return this.expire(at);
    }
    this.#advance(last);
    return [item, ...this.#release(), ...this.expire(at)];
  }

  /** Everything up to `last` is known by other means: what follows it need not wait. */
  skipTo(last: Int64): Item[] {
    this.#advance(last);
    return this.#release();
  }

  /** What has waited for too long, and what follows it. */
  expire(at: bigint): Item[] {
    const gone: Item[] = [];
    while (this.#isOverdue(at)) gone.push(...this.#giveUp());
    return gone;
  }

  /** Everything that waits: the line has ended. */
  flush(): Item[] {
    const gone: Item[] = [];
    while (this.#held.length > 0) gone.push(...this.#giveUp());
    return gone;
  }

  #isOverdue(at: bigint): boolean {
    if (this.#held.length > this.#bounds.itemsMax) return true;
    return this.#held.some(({ heldAt }) => at - heldAt > this.#bounds.waitNanosMax);
  }

  #hold(held: Held<Item>): void {
    let place = this.#held.length;
    while (place > 0 && (this.#held[place - 1] as Held<Item>).first > held.first) place -= 1;
    this.#held.splice(place, 0, held);
  }

  /** Goes on with the lowest number that waits. */
  #giveUp(): Item[] {
    const lowest = this.#held.shift() as Held<Item>;
    this.#advance(lowest.last);
    return [lowest.item, ...this.#release()];
  }

  #release(): Item[] {
    const gone: Item[] = [];
    for (;;) {
      const lowest = this.#held[0];
      if (lowest === undefined || lowest.first > (this.#next as Int64)) return gone;
      this.#held.shift();
      this.#advance(lowest.last);
      gone.push(lowest.item);
    }
  }

  #advance(last: Int64): void {
    const next = increment(last);
    if (this.#next === undefined || next > this.#next) this.#next = next;
  }
}
