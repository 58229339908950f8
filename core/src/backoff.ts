import type { Random } from './random.ts';

/**
 * Growing waits with full jitter: each is drawn evenly from 0 to a bound that starts at `baseMs`
 * and doubles up to `capMs` (M. Brooker, Exponential Backoff and Jitter, AWS 2015).
 */
export class Backoff {
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #random: Random;
  #boundMs: number;

  constructor(baseMs: number, capMs: number, random: Random) {
    this.#baseMs = baseMs;
    this.#capMs = capMs;
    this.#random = random;
    this.#boundMs = baseMs;
  }

  /** The next wait, in milliseconds. */
  nextDelayMs(): number {
    const delayMs = this.#random() * this.#boundMs;
    this.#boundMs = Math.min(this.#boundMs * 2, this.#capMs);
    return delayMs;
  }

  /** Starts over with the shortest waits. */
  reset(): void {
    this.#boundMs = this.#baseMs;
  }
}
