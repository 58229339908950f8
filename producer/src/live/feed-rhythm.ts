import { RHYTHM_INTERVALS, RHYTHM_INTERVALS_MIN, STALE_FACTOR, STALE_MS_MIN } from './limits.ts';

const USUAL_SHARE = 0.99;

/**
 * Learns how long a feed is usually silent between messages, and tells when it is silent for longer
 * than that: a share that trades once a minute is not stale after ten seconds, bitcoin is.
 */
export class FeedRhythm {
  /** The last intervals, in milliseconds, as a ring. */
  readonly #intervals: number[] = [];
  #next = 0;
  #lastMs: number | undefined;
  #staleAfterMs = Number.POSITIVE_INFINITY;

  /** A message has come. */
  beat(nowMs: number): void {
    if (this.#lastMs !== undefined) {
      this.#intervals[this.#next] = nowMs - this.#lastMs;
      this.#next = (this.#next + 1) % RHYTHM_INTERVALS;
      // Sorting at each message would cost more than reading it.
      if (this.#next % RHYTHM_INTERVALS_MIN === 0) this.#learn();
    }
    this.#lastMs = nowMs;
  }

  /** The connection is new: the pause before says nothing about the feed. */
  restart(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** Silence from which on the feed is stale; infinite until enough is known. */
  get staleAfterMs(): number {
    return this.#staleAfterMs;
  }

  silenceMs(nowMs: number): number {
    return this.#lastMs === undefined ? 0 : nowMs - this.#lastMs;
  }

  isStale(nowMs: number): boolean {
    return this.silenceMs(nowMs) > this.#staleAfterMs;
  }

  #learn(): void {
    const sorted = this.#intervals.toSorted((a, b) => a - b);
    const usualMs = sorted[Math.floor((sorted.length - 1) * USUAL_SHARE)] ?? 0;
    this.#staleAfterMs = Math.max(STALE_MS_MIN, usualMs * STALE_FACTOR);
  }
}
