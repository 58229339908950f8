import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { FeedState } from '@feedmill/proto/feedmill/v1/event_pb';
import { feedStatusEvent } from '../venues/feed-status.ts';
import { CHUNK_EVENTS_MAX } from './limits.ts';

/**
 * Numbers the events of a session from 1 and gathers those after a given number. Puts CONNECTED
 * before the first event and DISCONNECTED after the last, so that the reader of the stream knows
 * where the record begins and ends.
 */
export class SessionEvents {
  readonly #after: number;
  #count = 0;
  #gathered: FeedEvent[] = [];
  #feed: FeedSymbol | undefined;
  #latest = 0n;
  #latestRecv = 0n;

  /** @param after events up to this number are counted, not gathered */
  constructor(after: number) {
    this.#after = after;
  }

  /** Events so far, gathered or not. */
  get count(): number {
    return this.#count;
  }

  /** Events that wait to be taken. */
  get gatheredCount(): number {
    return this.#gathered.length;
  }

  /** At most CHUNK_EVENTS_MAX of those that wait. */
  take(): readonly FeedEvent[] {
    const taken = this.#gathered;
    this.#gathered = taken.length > CHUNK_EVENTS_MAX ? taken.splice(CHUNK_EVENTS_MAX) : [];
    return taken;
  }

  add(events: readonly FeedEvent[]): void {
    for (const event of events) {
      // What could not be read before any time was known stands before the session.
      if (this.#feed === undefined && event.tsRecv > 0n) this.#begin(event);
      if (event.tsEvent > this.#latest) this.#latest = event.tsEvent;
      this.#latestRecv = event.tsRecv;
      this.#number(event);
    }
  }

  /** Closes the session: with its latest time, so that nothing comes after it. */
  end(reason: string): void {
    if (this.#feed === undefined) return;
    const tsEvent = this.#latest > this.#latestRecv ? this.#latest : this.#latestRecv;
    const status = { state: FeedState.DISCONNECTED, reason };
    this.#number(feedStatusEvent(this.#feed, status, tsEvent, this.#latestRecv));
  }

  #begin(first: FeedEvent): void {
    const { publisherId, venue } = first.symbol;
    this.#feed = { publisherId, venue, rawSymbol: '' };
    const { tsRecv } = first;
    const status = { state: FeedState.CONNECTED, reason: 'start of capture' };
    this.#number(feedStatusEvent(this.#feed, status, tsRecv, tsRecv));
  }

  #number(event: FeedEvent): void {
    this.#count += 1;
    if (this.#count > this.#after) this.#gathered.push(event);
  }
}
