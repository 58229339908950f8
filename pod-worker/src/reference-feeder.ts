import type { Epoch } from '@feedmill/core/brand';
import { type Clock, sleep, type Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { ReferenceKind } from '@feedmill/core/reference/reference-set';
import type { Journal } from './journal/journal.ts';
import { EntryKind } from './journal/journal-entry.ts';
import { encodeReference, type ReferenceVersion } from './process/reference-version.ts';

export interface ReferenceFeederOptions {
  readonly clock: Clock;
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
  #known: Map<ReferenceKind, number>;
  /** Read while another region had the journal to itself. */
  readonly #pending = new Map<ReferenceKind, ReferenceVersion>();
  #timer: Timer | undefined;
  #isActive = true;
  #isStopped = false;
  #reading: Promise<void> = Promise.resolve();
  /** Epoch of the entries that it writes. */
  epoch: Epoch;

  constructor(epoch: Epoch, options: ReferenceFeederOptions) {
    this.epoch = epoch;
    this.#options = options;
    this.#known = new Map(options.known);
  }

  /**
   * Whether this shard is ours to write to. What was read before goes into the journal at once, so
   * that the first event is resolved by it.
   */
  set isActive(isActive: boolean) {
    this.#isActive = isActive;
    if (isActive) this.#append();
  }

  /** Takes what is there now, as soon as Postgres answers; then looks again and again. */
  async begin(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!(await this.#tryFeed()) && !this.#isStopped) await sleep(clock, intervalMs);
    this.#schedule();
  }

  /** The journal holds a version that another region put there. */
  note(kind: ReferenceKind, version: number): void {
    this.#known.set(kind, version);
  }

  /** The journal was cut back, and holds these versions. */
  restart(known: ReadonlyMap<ReferenceKind, number>): void {
    this.#known = new Map(known);
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
      const read = new Map(this.#known);
      for (const { kind, version } of this.#pending.values()) {
        read.set(kind, Math.max(version, read.get(kind) ?? 0));
      }
      const versions = await this.#options.readNewer(read);
      for (const version of versions) this.#pending.set(version.kind, version);
      this.#append();
      return true;
    } catch (error) {
      const { message } = FeedmillError.from(error);
      this.#options.log.warn({ error: message }, 'Reference data cannot be read; later again.');
      return false;
    }
  }

  #append(): void {
    if (!this.#isActive || this.#isStopped) return;
    const { journal, log } = this.#options;
    for (const version of this.#pending.values()) {
      const { kind, version: number, source } = version;
      if (number <= (this.#known.get(kind) ?? 0)) continue;
      journal.append({
        kind: EntryKind.REFERENCE,
        epoch: this.epoch,
        producerId: 0n,
        incarnation: 0n,
        firstSequence: 0,
        eventCount: 0,
        skipCount: 0,
        payload: encodeReference(version),
      });
      this.#known.set(kind, number);
      log.info({ kind, version: number, source }, 'Reference data come into force.');
    }
    this.#pending.clear();
  }
}
