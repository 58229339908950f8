import type { FeedEvent } from '@feedmill/core/event';
import {
  LIVE_CHUNK_EVENTS_MAX,
  QUEUE_EVENTS_MAX,
  QUEUE_EVENTS_PAUSED,
  QUEUE_EVENTS_RESUMED,
} from './limits.ts';

/** Whether more may be put in. */
export type QueueLevel = 'open' | 'pause' | 'full';

/**
 * Events on their way from the sockets to the SDK. It is bounded by those who fill it: at `pause`
 * they stop reading, at `full` they may no longer put anything in.
 */
export class LiveQueue {
  #events: FeedEvent[] = [];
  #isPaused = false;
  #wake: (() => void) | undefined;
  #isEnded = false;

  get length(): number {
    return this.#events.length;
  }

  get level(): QueueLevel {
    const { length } = this.#events;
    if (length >= QUEUE_EVENTS_MAX) return 'full';
    if (length >= QUEUE_EVENTS_PAUSED) this.#isPaused = true;
    if (length <= QUEUE_EVENTS_RESUMED) this.#isPaused = false;
    return this.#isPaused ? 'pause' : 'open';
  }

  add(events: readonly FeedEvent[]): void {
    if (events.length === 0) return;
    this.#events.push(...events);
    this.#wake?.();
  }

  /** Nothing more will be put in. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** The next events, as soon as there are some; undefined at the end. */
  async take(): Promise<readonly FeedEvent[] | undefined> {
    while (this.#events.length === 0) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const taken = this.#events;
    // What is left at the end goes at once: its taker takes no second time.
    const isAll = this.#isEnded || taken.length <= LIVE_CHUNK_EVENTS_MAX;
    this.#events = isAll ? [] : taken.splice(LIVE_CHUNK_EVENTS_MAX);
    return taken;
  }
}
