import type { Epoch } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';

export interface HolderGuardOptions {
  readonly shard: number;
  readonly epoch: Epoch;
  readonly clock: Clock;
  /** A process that was not seen running for longer asks before it promises anything, ms. */
  readonly stallMs: number;
  /** Pause between two questions while Postgres does not answer, ms. */
  readonly retryMs: number;
  /** The shard's epoch in Postgres; rejects where that cannot be asked. */
  readonly standingEpoch: () => Promise<number>;
  /** Told once that another holds the shard. */
  readonly onFenced: (error: FeedmillError) => void;
  readonly log: { warn(fields: object, sentence: string): void };
}

/**
 * Keeps a process that was stopped (SIGSTOP, a paused machine) from acknowledging events when it
 * comes back: its shard may have a new holder, which has a volume of its own and would never learn
 * of them. Commits need no guard; Postgres refuses those of an old epoch itself.
 */
export class HolderGuard {
  /** Whether Postgres is taken to be unreachable. Set by who knows. */
  isCutOff: () => boolean = () => false;
  readonly #options: HolderGuardOptions;
  #seenMs: number;
  #wasCutOff = false;
  #stalls = 0;
  #settling: Promise<void> | undefined;

  constructor(options: HolderGuardOptions) {
    this.#options = options;
    this.#seenMs = options.clock.monotonicMs();
  }

  /**
   * Notes that the process runs; a timer calls it too.
   *
   * @returns undefined where it has run all along; otherwise a promise that resolves when the shard
   *   is known to be ours still, and never where it is not
   */
  doubt(): Promise<void> | undefined {
    const { clock, stallMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const gapMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    if (gapMs > stallMs) {
      this.#stalls += 1;
      this.#settling ??= this.#settle(gapMs, this.#wasCutOff);
    }
    this.#wasCutOff = this.isCutOff();
    return this.#settling;
  }

  async #settle(gapMs: number, wasCutOff: boolean): Promise<void> {
    const { shard, epoch, log, onFenced } = this.#options;
    log.warn({ ms: Math.round(gapMs) }, 'This process stood still; is the shard still its own?');
    let standing: number | undefined;
    let stalls: number;
    do {
      stalls = this.#stalls;
      standing = await this.#ask(wasCutOff);
      // It may have been stopped again between the answer and now.
      void this.doubt();
    } while (stalls !== this.#stalls);
    if (standing !== undefined && standing !== epoch) {
      onFenced(
        new FeedmillError(
          'FENCED',
          `Shard ${shard} is held with epoch ${standing}; this process, with epoch ${epoch}, ` +
            `stood still for ${Math.round(gapMs)} ms and lost it meanwhile.`,
        ),
      );
      return await new Promise<never>(() => undefined);
    }
    this.#settling = undefined;
  }

  /** The epoch that stands; undefined where nobody can have changed it. */
  async #ask(wasCutOff: boolean): Promise<number | undefined> {
    const { clock, retryMs, standingEpoch } = this.#options;
    for (;;) {
      try {
        return await standingEpoch();
      } catch {
        // Whoever takes a shard needs Postgres: where it was away before and still is, nobody has.
        if (wasCutOff) return undefined;
        await sleep(clock, retryMs);
      }
    }
  }
}
