import type { Sequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import { SourceProblems } from '../net/source-problems.ts';
import type { Source, SourceProgress } from '../source.ts';
import type { VenueDialect } from '../venues/venue-dialect.ts';
import type { LiveDeps } from './live-deps.ts';
import { LiveFeed } from './live-feed.ts';
import { LiveQueue } from './live-queue.ts';

/** Which feed of which venue, for whom. */
export interface LiveRequest {
  readonly producer: string;
  readonly dialect: VenueDialect;
  readonly symbols: readonly string[];
  readonly market: string;
  /** Connections that bring the same. */
  readonly lines: number;
  /** Other hosts than the venue's own. */
  readonly websocket: string | undefined;
  readonly rest: string | undefined;
}

/**
 * A feed of a venue as it trades. It cannot be read again: an event has its number from the moment
 * it is taken, and what a crash takes of the SDK's buffer is gone. So each start begins with
 * CONNECTED and the cause RESTART, behind which the numbers of the venue show exactly what is
 * missing; what has no number is missing between the two statuses.
 */
export class LiveSource implements Source {
  readonly producer: string;
  readonly #request: LiveRequest;
  readonly #deps: LiveDeps;
  readonly #problems: SourceProblems;

  constructor(request: LiveRequest, deps: LiveDeps, warn: (sentence: string) => void) {
    this.producer = request.producer;
    this.#request = request;
    this.#deps = deps;
    this.#problems = new SourceProblems(request.dialect.venue.name, warn);
  }

  async *events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    const queue = new LiveQueue();
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const feed = new LiveFeed(this.#request, this.#deps, queue, this.#problems);
    const running = feed.run(after > 0, both).finally(() => queue.end());
    // Whoever reads learns of a failure below, and nobody else has to.
    running.catch(() => undefined);
    try {
      for (;;) {
        const events = await queue.take();
        if (events === undefined) break;
        yield events;
      }
      await running;
    } finally {
      stop.abort();
    }
  }

  progress(): SourceProgress {
    return { fraction: undefined, problems: this.#problems.counts() };
  }
}
