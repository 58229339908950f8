import type { Random } from '@feedmill/core/random';
import { LIMITS } from '../limits.ts';

/**
 * Waits before a crashed child is started again: the first is short, since most crashes are one
 * event and every moment without the child is lag; they double up to a cap, with jitter so that
 * children that died together do not all come back at the same moment.
 */
export class RestartDelay {
  readonly #random: Random;
  #nextMs: number = LIMITS.restartBaseMs;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param livedMs how long the child lived; a long life starts over with the shortest wait */
  next(livedMs: number): number {
    if (livedMs >= LIMITS.restartResetMs) this.#nextMs = LIMITS.restartBaseMs;
    const delayMs = this.#nextMs * (0.5 + this.#random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, LIMITS.restartCapMs);
    return delayMs;
  }
}
