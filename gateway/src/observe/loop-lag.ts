import { type Clock, sleep } from '@feedmill/core/clock';

// A single late moment, as of a collection of garbage, shall turn nobody away.
const NEWEST_SHARE = 0.3;

/** How late the event loop is: the age of what it could not do yet, over the last samples. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #sampleMs: number;
  #lagMs = 0;

  constructor(clock: Clock, sampleMs: number) {
    this.#clock = clock;
    this.#sampleMs = sampleMs;
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  /** Measures until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.#clock.monotonicMs();
      await sleep(this.#clock, this.#sampleMs, signal);
      const lateMs = Math.max(0, this.#clock.monotonicMs() - startedMs - this.#sampleMs);
      this.#lagMs += NEWEST_SHARE * (lateMs - this.#lagMs);
    }
  }
}
