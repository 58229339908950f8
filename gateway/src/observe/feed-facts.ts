import type { Clock } from '@feedmill/core/clock';
import { Problem } from '../problem.ts';
import type { Database } from '../query/database.ts';
import {
  type FeedRecord,
  type ShardRecord,
  selectFeeds,
  selectShards,
  selectVenues,
} from '../query/feeds.ts';

export interface FeedFactsOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How long what was read stays new. */
  readonly freshMs: number;
  readonly venuesFreshMs: number;
  readonly venueInstrumentsMax: number;
}

/** What Postgres knows of feeds and shards. */
export interface StoredFacts {
  readonly feeds: readonly FeedRecord[];
  readonly shards: readonly ShardRecord[];
  readonly venues: ReadonlyMap<string, readonly string[]>;
}

/**
 * What Postgres knows of feeds and shards, read once however many ask. While Postgres is away the
 * last there was has to do: what the workers say stands beside it.
 */
export class FeedFacts {
  readonly #options: FeedFactsOptions;
  #facts: StoredFacts | undefined;
  #readMs = Number.NEGATIVE_INFINITY;
  #venuesMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<StoredFacts> | undefined;

  constructor(options: FeedFactsOptions) {
    this.#options = options;
  }

  /** The newest there was, without asking. */
  get known(): StoredFacts | undefined {
    return this.#facts;
  }

  /** @throws Problem where Postgres has never answered */
  async read(): Promise<StoredFacts> {
    const { clock, freshMs } = this.#options;
    if (this.#facts !== undefined && clock.monotonicMs() - this.#readMs < freshMs) {
      return this.#facts;
    }
    this.#reading ??= this.#readAnew().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  async #readAnew(): Promise<StoredFacts> {
    const { database, clock, venuesFreshMs, venueInstrumentsMax } = this.#options;
    const nowMs = clock.monotonicMs();
    const wantsVenues = nowMs - this.#venuesMs >= venuesFreshMs;
    try {
      this.#facts = await database.read('latest', async (reader) => ({
        feeds: await selectFeeds(reader),
        shards: await selectShards(reader),
        venues:
          this.#facts === undefined || wantsVenues
            ? await selectVenues(reader, venueInstrumentsMax)
            : this.#facts.venues,
      }));
      // Feeds that nothing is known of yet are looked at again soon.
      const isWhole = this.#facts.feeds.every(({ name }) => this.#facts?.venues.has(name));
      if (wantsVenues && isWhole) this.#venuesMs = nowMs;
    } catch (error) {
      if (!(error instanceof Problem) || this.#facts === undefined) throw error;
    }
    this.#readMs = nowMs;
    return this.#facts;
  }
}
