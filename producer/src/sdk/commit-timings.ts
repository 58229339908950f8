import type { LatencyHistogram } from './latency-histogram.ts';

const FIELDS = 4;

/**
 * Remembers when batches were published and sent until they are committed. It never grows: when it
 * is full (Postgres is away for long), a batch is measured together with the one before it, from
 * that one's earlier times, so that the figures can only be too high.
 */
export class CommitTimings {
  // Per entry: last sequence, number of events, published and sent, in milliseconds.
  readonly #ring: Float64Array;
  readonly #capacity: number;
  #first = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ring = new Float64Array(capacity * FIELDS);
  }

  push(lastSequence: number, events: number, publishedMs: number, sentMs: number): void {
    const ring = this.#ring;
    if (this.#length === this.#capacity) {
      const newest = this.#offset(this.#length - 1);
      ring[newest] = lastSequence;
      ring[newest + 1] = (ring[newest + 1] ?? 0) + events;
      return;
    }
    const at = this.#offset(this.#length);
    ring[at] = lastSequence;
    ring[at + 1] = events;
    ring[at + 2] = publishedMs;
    ring[at + 3] = sentMs;
    this.#length += 1;
  }

  /** Records and forgets every batch whose last event is committed. */
  commitThrough(
    sequence: number,
    nowMs: number,
    fromPublish: LatencyHistogram,
    fromSend: LatencyHistogram,
  ): void {
    while (this.#length > 0) {
      const at = this.#offset(0);
      const [lastSequence, events, publishedMs, sentMs] = this.#ring.subarray(at, at + FIELDS);
      if (lastSequence === undefined || lastSequence > sequence) return;
      fromPublish.record(nowMs - (publishedMs ?? 0), events ?? 0);
      fromSend.record(nowMs - (sentMs ?? 0), events ?? 0);
      this.#first = (this.#first + 1) % this.#capacity;
      this.#length -= 1;
    }
  }

  #offset(index: number): number {
    return ((this.#first + index) % this.#capacity) * FIELDS;
  }
}
