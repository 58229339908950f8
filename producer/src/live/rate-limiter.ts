import { type Clock, sleep } from '@feedmill/core/clock';

/** So many in so long. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/**
 * Keeps a venue's limit: whoever calls `take` goes on when it is allowed, in the order of calls. A
 * sliding window: within any `perMs` no more than `count` go on.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #rate: Rate;
  /** When the last `count` went on. */
  readonly #times: number[] = [];
  #turn: Promise<void> = Promise.resolve();
  #notBeforeMs = 0;

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** Resolves when it is allowed, or when `signal` aborts. */
  take(signal: AbortSignal): Promise<void> {
    const turn = this.#turn.then(() => this.#wait(signal));
    this.#turn = turn;
    return turn;
  }

  /** The venue has asked to wait so long. */
  pause(forMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#clock.monotonicMs() + forMs);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) return;
      const nowMs = this.#clock.monotonicMs();
      const oldestMs = this.#times[this.#times.length - this.#rate.count];
      const allowedMs = Math.max(
        this.#notBeforeMs,
        oldestMs === undefined ? nowMs : oldestMs + this.#rate.perMs,
      );
      if (allowedMs <= nowMs) {
        this.#times.push(nowMs);
        if (this.#times.length > this.#rate.count) this.#times.shift();
        return;
      }
      await sleep(this.#clock, allowedMs - nowMs, signal);
    }
  }
}
