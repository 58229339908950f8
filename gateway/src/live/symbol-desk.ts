import type { Clock } from '@feedmill/core/clock';
import type { SubscribeResponse } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { hasUnknown } from './event-messages.ts';
import type { SymbolNames } from './symbol-names.ts';

/** Looks symbols up that nothing is known of, not more often than it makes sense. */
export class SymbolDesk {
  readonly names: SymbolNames;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(names: SymbolNames, clock: Clock, intervalMs: number) {
    this.names = names;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Whether everything in it can be named, or was asked for just now. */
  knows(response: SubscribeResponse): boolean {
    const isAskedLately = this.#clock.monotonicMs() - this.#askedMs < this.#intervalMs;
    return isAskedLately || !hasUnknown(response, this.names);
  }

  /** Asks Postgres. Where it does not answer, things stay as they are. */
  async learn(): Promise<void> {
    this.#asking ??= this.#ask();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    try {
      await this.names.load();
    } catch {
      // Asked again with the next that is unknown.
    } finally {
      this.#askedMs = this.#clock.monotonicMs();
      this.#asking = undefined;
    }
  }
}
