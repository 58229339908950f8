import type { Sequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import type { Source, SourceProgress } from '../source.ts';

/** A source whose events a test gives; at the end it ends, or stays open until it is aborted. */
export class ArraySource implements Source {
  readonly producer = 'feed-1';
  /** Positions that its events were asked from. */
  readonly askedAfter: number[] = [];
  readonly #events: readonly FeedEvent[];
  readonly #chunkEvents: number;
  readonly #staysOpen: boolean;
  #read = 0;

  constructor(events: readonly FeedEvent[], chunkEvents = 10, staysOpen = false) {
    this.#events = events;
    this.#chunkEvents = chunkEvents;
    this.#staysOpen = staysOpen;
  }

  async *events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    this.askedAfter.push(after);
    for (let from: number = after; from < this.#events.length; from += this.#chunkEvents) {
      if (signal.aborted) return;
      const chunk = this.#events.slice(from, from + this.#chunkEvents);
      this.#read = from + chunk.length;
      yield chunk;
    }
    if (!this.#staysOpen || signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  progress(): SourceProgress {
    return { fraction: this.#read / this.#events.length, problems: { badLine: 2 } };
  }
}
