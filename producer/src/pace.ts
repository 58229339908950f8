import { type Clock, sleep } from '@feedmill/core/clock';
import type { FeedEvent } from '@feedmill/core/event';

const NANOS_PER_MS = 1_000_000;

/**
 * Maps the time of a feed to the monotonic clock: speed 1 as it was, any factor faster or slower,
 * 0 as fast as it is taken (everything is always due).
 */
export class Pace {
  readonly #clock: Clock;
  readonly #speed: number;
  #anchorMs = 0;

  constructor(clock: Clock, speed: number) {
    this.#clock = clock;
    this.#speed = speed;
  }

  get isUnpaced(): boolean {
    return this.#speed === 0;
  }

  /** From here on feed time counts from now. */
  anchor(): void {
    this.#anchorMs = this.#clock.monotonicMs();
  }

  /** Feed time since the anchor that is due by now, in milliseconds; infinite at speed 0. */
  dueMs(): number {
    if (this.#speed === 0) return Number.POSITIVE_INFINITY;
    return (this.#clock.monotonicMs() - this.#anchorMs) * this.#speed;
  }

  /** Waits until `feedMs` after the anchor is due, or `signal` aborts. */
  async until(feedMs: number, signal: AbortSignal): Promise<void> {
    if (this.#speed === 0) return;
    // One timer cannot wait for longer than this; the caller asks again until it is due.
    const longestMs = 0x7fff_ffff;
    const waitMs = (feedMs - this.dueMs()) / this.#speed;
    if (waitMs > 0) await sleep(this.#clock, Math.min(waitMs, longestMs), signal);
  }
}

/**
 * Hands chunks on when they are due by receive time. The first event is due at once; a chunk is
 * cut where its next event lies in the future, so that none waits for a later one, and events
 * that go back in time are due with the one before them. At speed 0 chunks pass as they are.
 */
export async function* paceChunks(
  chunks: AsyncIterable<readonly FeedEvent[]>,
  clock: Clock,
  speed: number,
  signal: AbortSignal,
): AsyncIterable<readonly FeedEvent[]> {
  if (speed === 0) {
    yield* chunks;
    return;
  }
  const pace = new Pace(clock, speed);
  let firstNanos: bigint | undefined;
  const feedMsOf = ({ tsRecv }: FeedEvent): number =>
    firstNanos === undefined ? 0 : Number(tsRecv - firstNanos) / NANOS_PER_MS;
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const next = chunk[from] as FeedEvent;
      // What came before any time was known is due at once.
      if (firstNanos === undefined && next.tsRecv > 0n) {
        firstNanos = next.tsRecv;
        pace.anchor();
      }
      const nextMs = feedMsOf(next);
      let dueMs = pace.dueMs();
      while (nextMs > dueMs) {
        await pace.until(nextMs, signal);
        if (signal.aborted) return;
        dueMs = pace.dueMs();
      }
      let to = from + 1;
      const isDue = (event: FeedEvent): boolean =>
        event.tsRecv === 0n || (firstNanos !== undefined && feedMsOf(event) <= dueMs);
      while (to < chunk.length && isDue(chunk[to] as FeedEvent)) to += 1;
      yield from === 0 && to === chunk.length ? chunk : chunk.slice(from, to);
      from = to;
    }
  }
}
