import type { Epoch } from '@feedmill/core/brand';
import type { Clock, Timer } from '@feedmill/core/clock';
import type { Journal } from './journal/journal.ts';
import { EntryKind } from './journal/journal-entry.ts';

export interface TimeKeeperOptions {
  readonly clock: Clock;
  /** Epoch of the entries that it writes. */
  readonly epoch: () => Epoch;
  readonly journal: Pick<Journal, 'append'>;
  /** The newest position of the journal, where everything up to it is processed. */
  readonly settledPosition: () => number | undefined;
  /** Whether the mere passing of time would change anything. */
  readonly isWaiting: () => boolean;
  readonly intervalMs: number;
}

/**
 * Tells the journal of an idle shard that time passes, for as long as that makes a difference: the
 * processors know no other time, and what is over its age must be found when nothing comes.
 */
export class TimeKeeper {
  readonly #options: TimeKeeperOptions;
  #timer: Timer | undefined;
  #seenPosition: number | undefined;

  constructor(options: TimeKeeperOptions) {
    this.#options = options;
  }

  begin(): void {
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.schedule(intervalMs, () => {
      this.#tick();
      this.begin();
    });
  }

  stop(): void {
    if (this.#timer !== undefined) this.#options.clock.cancel(this.#timer);
  }

  #tick(): void {
    const { journal, epoch, settledPosition, isWaiting } = this.#options;
    const position = settledPosition();
    const isIdle = position !== undefined && position === this.#seenPosition;
    this.#seenPosition = position;
    if (!isIdle || !isWaiting()) return;
    this.#seenPosition = journal.append({
      kind: EntryKind.TIME,
      epoch: epoch(),
      producerId: 0n,
      incarnation: 0n,
      firstSequence: 0,
      eventCount: 0,
      skipCount: 0,
      payload: new Uint8Array(0),
    }).position;
  }
}
