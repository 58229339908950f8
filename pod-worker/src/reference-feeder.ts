import type { Epoch } from '@feedmill/core/brand';
import { type Clock, sleep, type Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { ReferenceKind } from '@feedmill/core/reference/reference-set';
import type { Journal } from './journal/journal.ts';
import { EntryKind } from './journal/journal-entry.ts';
import { encodeReference, type ReferenceVersion } from './process/reference-version.ts';

export interface ReferenceFeederOptions {
  readonly clock: Clock;
  readonly epoch: Epoch;
  readonly journal: Pick<Journal, 'append'>;
  /** The newest version of each kind that is above what is known. */
  readonly readNewer: (known: ReadonlyMap<ReferenceKind, number>) => Promise<ReferenceVersion[]>;
  /** Versions that the journal holds already. */
  readonly known: ReadonlyMap<ReferenceKind, number>;
  readonly intervalMs: number;
  readonly log: {
    warn(fields: object, sentence: string): void;
    info(fields: object, sentence: string): void;
  };
}

/**
 * Brings reference data that were loaded into Postgres into the journal, where they come into
 * force: once before the doors open, and then as they are loaded.
 */
export class ReferenceFeeder {
  readonly #options: ReferenceFeederOptions;
  readonly #known: Map<ReferenceKind, number>;
  #timer: Timer | undefined;
  #isStopped = false;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: ReferenceFeederOptions) {
    this.#options = options;
    this.#known = new Map(options.known);
  }

  /** Takes what is there now, as soon as Postgres answers; then looks again and again. */
  async begin(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!(await this.#tryFeed()) && !this.#isStopped) await sleep(clock, intervalMs);
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.cancel(this.#timer);
    await this.#reading;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.schedule(intervalMs, () => {
      this.#reading = this.#tryFeed().then(() => this.#schedule());
    });
  }

  async #tryFeed(): Promise<boolean> {
    try {
      await this.#feed();
      return true;
    } catch (error) {
      const { message } = FeedmillError.from(error);
      this.#options.log.warn({ error: message }, 'Reference data cannot be read; later again.');
      return false;
    }
  }

  async #feed(): Promise<void> {
    const { journal, epoch, log } = this.#options;
    for (const version of await this.#options.readNewer(this.#known)) {
      if (this.#isStopped) return;
      journal.append({
        kind: EntryKind.REFERENCE,
        epoch,
        producerId: 0n,
        incarnation: 0n,
        firstSequence: 0,
        eventCount: 0,
        skipCount: 0,
        payload: encodeReference(version),
      });
      this.#known.set(version.kind, version.version);
      const { kind, version: number, source } = version;
      log.info({ kind, version: number, source }, 'Reference data come into force.');
    }
  }
}
