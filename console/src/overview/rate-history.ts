/** The last rates of one feed, evenly spaced in time, for its sparkline. */
export class RateHistory {
  readonly #slots: number;
  readonly #slotMs: number;
  #values: number[] = [];
  #slot = Number.NaN;

  /**
   * @param slots how many are kept
   * @param slotMs the time that one stands for
   */
  constructor(slots: number, slotMs: number) {
    this.#slots = slots;
    this.#slotMs = slotMs;
  }

  /** The newest rate of a slot counts; slots in which nothing was heard are NaN: unknown, not 0. */
  add(nowMs: number, rate: number): void {
    const slot = Math.floor(nowMs / this.#slotMs);
    const skipped = Number.isNaN(this.#slot) ? 1 : slot - this.#slot;
    if (skipped < 0) return;
    if (skipped === 0) this.#values.pop();
    for (let at = 1; at < Math.min(skipped, this.#slots); at += 1) this.#values.push(Number.NaN);
    this.#values.push(rate);
    this.#values = this.#values.slice(-this.#slots);
    this.#slot = slot;
  }

  /** Oldest first. */
  values(): readonly number[] {
    return [...this.#values];
  }
}
