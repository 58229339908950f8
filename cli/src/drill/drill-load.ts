import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { asSequence } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import { nodeProducer } from '@feedmill/producer/sdk/adapters/node-producer';
import type { FeedmillProducer } from '@feedmill/producer/sdk/feedmill-producer';
import type { WorkerAddresses } from '@feedmill/producer/sdk/locator';
import { EventTimes } from '@feedmill/producer/simulated/event-times';
import { SimulatedMarket } from '@feedmill/producer/simulated/simulated-market';
import {
  simulationDefaults,
  unpacedStartNanos,
} from '@feedmill/producer/simulated/simulation-options';
import { LIMITS } from '../limits.ts';
import { AckGaps, type Gap } from './ack-gaps.ts';

export interface DrillLoadOptions {
  readonly feeds: number;
  /** Events a second, all feeds together. */
  readonly rate: number;
  /** Folder of the producers' state. */
  readonly dir: string;
  /** Where one region takes events, and the other. */
  readonly locate: WorkerAddresses;
  readonly otherLocate: WorkerAddresses;
}

interface Feed {
  readonly producer: FeedmillProducer;
  readonly market: SimulatedMarket;
  next: number;
}

export const feedName = (index: number): string => `drill-${index}`;

/** Producers that send at a steady rate, and what they are told. */
export class DrillLoad {
  readonly #options: DrillLoadOptions;
  readonly #clock: Clock;
  #feeds: readonly Feed[] = [];
  #running = new AbortController();
  #publishing: Promise<unknown> = Promise.resolve();
  #durable: AckGaps;
  #committed: AckGaps;

  constructor(options: DrillLoadOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#durable = new AckGaps([], 0);
    this.#committed = new AckGaps([], 0);
  }

  /** Acknowledged as durable, a number a feed. */
  get durable(): readonly number[] {
    return this.#feeds.map(({ producer }) => producer.stats().durableThrough);
  }

  get committed(): readonly number[] {
    return this.#feeds.map(({ producer }) => producer.stats().committedThrough);
  }

  get published(): readonly number[] {
    return this.#feeds.map(({ producer }) => producer.stats().publishedThrough);
  }

  /** The longest standstill of acknowledgements, and of commits, since `watch`. */
  get gaps(): { readonly durable: Gap | undefined; readonly committed: Gap | undefined } {
    return { durable: this.#durable.longest, committed: this.#committed.longest };
  }

  async connect(): Promise<void> {
    const { feeds, rate, dir, locate, otherLocate } = this.#options;
    await mkdir(dir, { recursive: true });
    const made = Array.from({ length: feeds }, async (_, index): Promise<Feed> => {
      const name = feedName(index);
      const producer = nodeProducer({
        producer: name,
        locate,
        otherRegion: otherLocate,
        incarnationFile: path.join(dir, `${name}.json`),
      });
      const { resumeAfter } = await producer.connect();
      // What a venue repeats is counted and has no row: without it every event has one.
      const simulation = simulationDefaults({ rate: rate / feeds, seed: index + 1, duplicates: 0 });
      const times = new EventTimes(rate / feeds, unpacedStartNanos());
      return { producer, market: new SimulatedMarket(simulation, times), next: resumeAfter + 1 };
    });
    this.#feeds = await Promise.all(made);
  }

  /** Sends until `pause`. */
  resume(): void {
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#watch(signal);
    this.#publishing = Promise.all(this.#feeds.map((feed) => this.#publish(feed, signal)));
    // Whoever waits for acknowledgements asks whether a feed has failed; `pause` says it at last.
    this.#publishing.catch(() => undefined);
  }

  /** Sends nothing more; resolves when everything sent is acknowledged. */
  async pause(): Promise<void> {
    this.#running.abort();
    await this.#publishing;
    await Promise.all(this.#feeds.map(({ producer }) => producer.flush()));
  }

  /** Standstills count from now on. */
  watch(): void {
    this.#durable.restart();
    this.#committed.restart();
  }

  async close(): Promise<void> {
    this.#running.abort();
    await Promise.allSettled([this.#publishing]);
    await Promise.all(this.#feeds.map(({ producer }) => producer.close()));
  }

  /** @throws FeedmillError of the first feed that was refused for good */
  throwIfFailed(): void {
    for (const { producer } of this.#feeds) {
      const { state } = producer;
      if (state.kind === 'failed') throw FeedmillError.from(state.error);
    }
  }

  #watch(signal: AbortSignal): void {
    const clock = this.#clock;
    this.#durable = new AckGaps(this.durable, clock.monotonicMs());
    this.#committed = new AckGaps(this.committed, clock.monotonicMs());
    const look = (): void => {
      if (signal.aborted) return;
      const nowMs = clock.monotonicMs();
      this.#durable.note(this.durable, nowMs);
      this.#committed.note(this.committed, nowMs);
      clock.schedule(LIMITS.drillLookMs, look);
    };
    look();
  }

  async #publish(feed: Feed, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    const perMs = this.#options.rate / this.#options.feeds / 1000;
    let anchorMs = clock.monotonicMs();
    let anchor = feed.next;
    while (!signal.aborted) {
      const due = anchor + Math.floor((clock.monotonicMs() - anchorMs) * perMs);
      const events: FeedEvent[] = [];
      while (feed.next < due && events.length < LIMITS.drillChunkEvents) {
        events.push(feed.market.eventAt(asSequence(feed.next)));
        feed.next += 1;
      }
      if (events.length === 0) {
        await sleep(clock, LIMITS.drillLookMs, signal);
        continue;
      }
      await feed.producer.publish(events);
      // Behind a full buffer time stands still: what could not be sent is not caught up with.
      if (due - feed.next > LIMITS.drillBacklogEvents) {
        anchorMs = clock.monotonicMs();
        anchor = feed.next;
      }
    }
  }
}
