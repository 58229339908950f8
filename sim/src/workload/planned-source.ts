import type { Sequence } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import type { FeedEvent } from '@feedmill/core/event';
import type { Source, SourceProgress } from '@feedmill/producer/source';
import type { PlannedFeed } from './planned-event.ts';

const CHUNK_EVENTS_MAX = 64;

/** A planned feed as a connector reads one: each event when it is due, again after a restart. */
export class PlannedSource implements Source {
  readonly producer: string;
  readonly #feed: PlannedFeed;
  readonly #clock: Clock;
  #read = 0;

  constructor(feed: PlannedFeed, clock: Clock) {
    this.producer = feed.producer;
    this.#feed = feed;
    this.#clock = clock;
  }

  async *events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    const { events } = this.#feed;
    let next: number = after;
    while (next < events.length && !signal.aborted) {
      const nowMs = this.#clock.monotonicMs();
      const chunk: FeedEvent[] = [];
      for (let planned = events[next]; planned !== undefined; planned = events[next]) {
        if (planned.dueMs > nowMs || chunk.length === CHUNK_EVENTS_MAX) break;
        chunk.push(planned.event);
        next += 1;
      }
      this.#read = next;
      if (chunk.length > 0) yield chunk;
      else await sleep(this.#clock, (events[next]?.dueMs ?? nowMs) - nowMs, signal);
    }
  }

  progress(): SourceProgress {
    return { fraction: this.#read / this.#feed.events.length, problems: {} };
  }
}
