import { asPosition, type Position } from '@feedmill/core/brand';
import { SlowReader, type SubscribeRequest } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { type Refusal, refusals } from '../ingest/refusal.ts';
import type { WrittenEntry } from '../journal/group-commit.ts';
import type { Journal } from '../journal/journal.ts';
import type { WorkerLimits } from '../limits.ts';
import type { LiveCall, LiveStream } from './live-call.ts';
import { LiveFilter } from './live-filter.ts';
import { liveRefusals } from './live-refusals.ts';
import { LiveRing } from './live-ring.ts';
import { LiveSubscriber } from './live-subscriber.ts';

export interface LiveHubOptions {
  readonly journal: Journal;
  /** Through here entries were acknowledged before this start. */
  readonly newest: Position;
  /** Name of a producer; empty where it has left the shard. */
  readonly nameOf: (producerId: bigint) => string;
  readonly limits: WorkerLimits;
}

/** Shows the shard's events to those who follow it. */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #ring: LiveRing;
  readonly #subscribers = new Set<LiveSubscriber>();
  #newest: Position;
  #isEnding = false;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.#newest = options.newest;
    this.#ring = new LiveRing(options.limits.liveRingBytesMax, options.nameOf);
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  /** Lets a reader in; undefined where its call was refused. */
  subscribe(request: SubscribeRequest, call: LiveCall): LiveStream | undefined {
    const { journal, limits, nameOf } = this.#options;
    const after = asPosition(Number(request.afterPosition ?? this.#newest));
    const refusal = this.#refusal(request, after);
    if (refusal !== undefined) {
      call.refuse(refusal);
      return undefined;
    }
    const subscriber = new LiveSubscriber({
      call,
      ring: this.#ring,
      journal,
      filter: new LiveFilter(request),
      isComplete: request.slowReader === SlowReader.COMPLETE,
      after,
      newest: () => this.#newest,
      nameOf,
      backlogBytesMax: limits.liveBacklogBytesMax,
      conflatedKeysMax: limits.liveConflatedKeysMax,
      onClosed: (closed) => {
        this.#subscribers.delete(closed);
        if (this.#subscribers.size === 0) this.#ring.clear();
      },
    });
    this.#subscribers.add(subscriber);
    subscriber.advance();
    return subscriber;
  }

  /** Entries may be shown: they are acknowledged, or about to be in this very turn. */
  onAcknowledged(written: readonly WrittenEntry[]): void {
    const last = written.at(-1);
    if (last !== undefined) this.onReleased(last.entry.position, written);
  }

  /** The same, with entries before them that are on disk alone. */
  onReleased(through: Position, written: readonly WrittenEntry[]): void {
    if (this.#subscribers.size > 0) for (const { entry } of written) this.#ring.push(entry);
    this.#newest = through;
    for (const subscriber of this.#subscribers) subscriber.advance();
  }

  /** Tells readers whose filters let nothing through how far they are. */
  tellPositions(): void {
    for (const subscriber of this.#subscribers) subscriber.tellPosition();
  }

  /** Ends all streams, as the worker stops. */
  end(): void {
    this.#isEnding = true;
    for (const subscriber of this.#subscribers) subscriber.end(refusals.draining());
  }

  #refusal(request: SubscribeRequest, after: Position): Refusal | undefined {
    const { journal, limits } = this.#options;
    if (this.#isEnding) return refusals.draining();
    if (this.#subscribers.size >= limits.liveSubscribersMax) {
      return liveRefusals.tooMany(limits.liveSubscribersMax);
    }
    const fault = LiveFilter.fault(request, limits.liveFilterEntriesMax);
    if (fault !== undefined) return fault;
    if (after > this.#newest) return liveRefusals.ahead(after, this.#newest);
    if (after + 1 >= journal.firstPosition) return undefined;
    return liveRefusals.trimmed(after, journal.firstPosition);
  }
}
