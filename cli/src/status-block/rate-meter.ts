import { LIMITS } from '../limits.ts';

interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** Change per second of a number that only rises, over the last seconds. */
export class RateMeter {
  readonly #windowMs: number;
  #samples: Sample[] = [];

  constructor(windowMs: number = LIMITS.rateWindowMs) {
    this.#windowMs = windowMs;
  }

  /** @param atMs monotonic time of the sample */
  add(atMs: number, value: number): void {
    const last = this.#samples.at(-1);
    // A number that fell belongs to a new count, e.g. of another incarnation.
    if (last !== undefined && value < last.value) this.#samples = [];
    this.#samples.push({ atMs, value });
    // One sample older than the window stays, so that there is always a whole window to measure.
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - this.#windowMs) this.#samples.shift();
  }

  /** 0 until there are two samples. */
  perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.value - first.value) * 1000) / (last.atMs - first.atMs);
  }
}
