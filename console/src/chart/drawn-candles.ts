import type { Candle } from './candle-series.ts';

/** The candles of a chart, oldest first, whatever the order in which they come. */
export class DrawnCandles {
  #candles = new Map<number, Candle>();
  #last: Candle | undefined;

  get last(): Candle | undefined {
    return this.#last;
  }

  get size(): number {
    return this.#candles.size;
  }

  at(startMs: number): Candle | undefined {
    return this.#candles.get(startMs);
  }

  all(): readonly Candle[] {
    return [...this.#candles.values()];
  }

  /** @param candles oldest first */
  replace(candles: readonly Candle[]): void {
    this.#candles = new Map(candles.map((candle) => [candle.startMs, candle]));
    this.#last = candles.at(-1);
  }

  /**
   * @param changed oldest first
   * @returns whether one has come between others, as of a late trade: a chart cannot put it there,
   *   it has to be drawn anew
   */
  put(changed: readonly Candle[]): boolean {
    let isBetween = false;
    for (const candle of changed) {
      const { startMs } = candle;
      if (this.#last === undefined || startMs >= this.#last.startMs) this.#last = candle;
      else if (!this.#candles.has(startMs)) isBetween = true;
      this.#candles.set(startMs, candle);
    }
    if (isBetween) {
      this.#candles = new Map([...this.#candles].sort(([one], [other]) => one - other));
    }
    return isBetween;
  }
}
