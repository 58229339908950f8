import type { Epoch, Position } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { stableId } from '@feedmill/core/stable-id';
import type { ProducerRecord, ProducerState } from '@feedmill/store/queries/progress';
import type { PendingReleases } from './ingest/pending-releases.ts';
import type { ProducerDirectory } from './ingest/producer-directory.ts';
import type { ProducerSlot } from './ingest/producer-slot.ts';
import type { Journal } from './journal/journal.ts';
import { EntryKind } from './journal/journal-entry.ts';
import { type Adoption, encodeAdoption } from './process/adoption.ts';

/** What is known in Postgres of a producer that may have lived on another shard. */
export interface ProducerPast {
  readonly record: ProducerRecord | undefined;
  readonly states: readonly ProducerState[];
}

export interface AdopterOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly directory: ProducerDirectory;
  readonly releases: PendingReleases;
  /** Up to where Postgres holds the journal. */
  readonly committed: () => Position;
  readonly readPast: (producerId: bigint) => Promise<ProducerPast>;
  /** Sequence that a saved state stands at. */
  readonly lastSequenceOf: (state: Uint8Array) => number;
  readonly log: {
    warn(fields: object, sentence: string): void;
    info(fields: object, sentence: string): void;
  };
}

const RETRY_MS = 250;

/** Lets producers in that were bound to this shard, and out that were bound elsewhere. */
export class Adopter {
  readonly #options: AdopterOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  /** Epoch of the entries that it writes. */
  epoch: Epoch;
  /** Whether this shard is ours to write to; a follower gets its producers with the journal. */
  isActive = true;

  constructor(epoch: Epoch, options: AdopterOptions) {
    this.epoch = epoch;
    this.#options = options;
  }

  /** Brings the slots in line with the bindings, in the background. */
  reconcile(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /**
   * Producers that have no slot here but that nobody else may take: they left and their release is
   * not committed, or they are bound here and may be taken over at any moment.
   */
  claimed(): string[] {
    return [...new Set([...this.#releasing(), ...this.#options.directory.unadopted()])];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, directory, log } = this.#options;
    while (this.#again && this.isActive && !this.#stopped) {
      this.#again = false;
      for (const slot of directory.departing()) this.#release(slot);
      for (const name of directory.unadopted()) {
        try {
          await this.#adopt(name);
        } catch (error) {
          const { message } = FeedmillError.from(error);
          log.warn({ producer: name, error: message }, 'A producer cannot be taken over yet.');
          this.#again = true;
        }
      }
      if (this.#again) await sleep(clock, RETRY_MS);
    }
  }

  async #adopt(name: string): Promise<void> {
    const { directory, journal, log } = this.#options;
    if (this.#releasing().includes(name)) {
      throw new FeedmillError(
        'WORKER_UNAVAILABLE',
        `Producer '${name}' has left this shard, and what it published here is not committed yet`,
      );
    }
    const { adoption, lastTsInit } = await this.#pastOf(name);
    // While Postgres was asked, it may have been bound elsewhere; who says so must be able to rely
    // on this worker not taking it any more.
    if (!directory.unadopted().includes(name) || !this.isActive) return;
    const slot = directory.addSlot(name);
    slot.receivedThrough = adoption.lastSequence;
    slot.durableThrough = adoption.lastSequence;
    slot.committedThrough = adoption.lastSequence;
    slot.incarnation = adoption.incarnation;
    // The worker that it comes from may have a clock that is ahead of ours.
    journal.stampFrom(lastTsInit);
    journal.append({
      kind: EntryKind.ADOPT,
      epoch: this.epoch,
      producerId: slot.id,
      incarnation: adoption.incarnation,
      firstSequence: adoption.lastSequence + 1,
      eventCount: 0,
      skipCount: 0,
      payload: encodeAdoption(adoption),
    });
    log.info({ producer: name, resumeAfter: adoption.lastSequence }, 'A producer is bound here.');
  }

  async #pastOf(
    name: string,
  ): Promise<{ readonly adoption: Adoption; readonly lastTsInit: bigint }> {
    const { record, states } = await this.#options.readPast(stableId(name));
    if (record === undefined) {
      const state = new Uint8Array(0);
      return { adoption: { name, lastSequence: 0, incarnation: 0n, state }, lastTsInit: 0n };
    }
    const { lastSequence, incarnation, lastTsInit } = record;
    for (const { state } of states) {
      if (this.#options.lastSequenceOf(state) === lastSequence) {
        return { adoption: { name, lastSequence, incarnation, state }, lastTsInit };
      }
    }
    throw new FeedmillError(
      'WORKER_UNAVAILABLE',
      `Producer '${name}' stands at sequence ${lastSequence} on shard ${record.shard}, which has ` +
        'not released it yet',
    );
  }

  #releasing(): string[] {
    return this.#options.releases.names(this.#options.committed());
  }

  #release(slot: ProducerSlot): void {
    const { directory, journal, releases, log } = this.#options;
    const { position } = journal.append({
      kind: EntryKind.RELEASE,
      epoch: this.epoch,
      producerId: slot.id,
      incarnation: slot.incarnation,
      firstSequence: slot.receivedThrough + 1,
      eventCount: 0,
      skipCount: 0,
      payload: new Uint8Array(0),
    });
    releases.note(slot.name, position);
    directory.removeSlot(slot);
    log.info({ producer: slot.name, through: slot.receivedThrough }, 'A producer leaves.');
  }
}
