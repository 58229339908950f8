import { type Clock, sleep } from '@feedmill/core/clock';
import { Problem } from '../problem.ts';
import type { Outcome, Wish } from './wish-messages.ts';

export interface WishesOptions {
  /** To the supervisor; undefined where none has started this gateway. */
  readonly send: ((wish: Wish) => void) | undefined;
  readonly clock: Clock;
  /** How long a wish is waited for, and how many may be under way. */
  readonly waitMs: number;
  readonly wishesMax: number;
}

/** What was asked of the supervisor that has started this gateway, and not been answered yet. */
export class Wishes {
  readonly #options: WishesOptions;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #count = 0;

  constructor(options: WishesOptions) {
    this.#options = options;
  }

  get hasSupervisor(): boolean {
    return this.#options.send !== undefined;
  }

  /** Takes what became of a wish; of one that nobody waits for any more nothing. */
  settle(outcome: Outcome): void {
    this.#waiting.get(outcome.wish)?.(outcome);
  }

  /**
   * Resolves once it is done.
   *
   * @param make the wish with this number
   * @param shownBy the request that tells later whether it was done
   * @throws Problem as the supervisor refuses it, overloaded or unavailable
   */
  async ask(make: (wish: number) => Wish, shownBy: string): Promise<void> {
    const { send, wishesMax } = this.#options;
    if (this.#waiting.size >= wishesMax) {
      throw new Problem(
        'overloaded',
        `${this.#waiting.size} wishes are under way at the supervisor, as many as may be.`,
        { retryAfterSeconds: 1 },
      );
    }
    this.#count += 1;
    const wish = this.#count;
    const outcome = this.#outcomeOf(wish, shownBy);
    send?.(make(wish));
    const { refusal } = await outcome;
    if (refusal !== undefined) throw new Problem(refusal.kind, refusal.detail);
  }

  async #outcomeOf(wish: number, shownBy: string): Promise<Outcome> {
    const { clock, waitMs } = this.#options;
    const told = new Promise<Outcome>((resolve) => {
      this.#waiting.set(wish, resolve);
    });
    const waiting = new AbortController();
    const outcome = await Promise.race([told, sleep(clock, waitMs, waiting.signal)]);
    waiting.abort();
    this.#waiting.delete(wish);
    if (outcome !== undefined) return outcome;
    throw new Problem(
      'unavailable',
      `The supervisor has not done it within ${waitMs / 1000} s; ` +
        `${shownBy} tells whether it has later.`,
      { retryAfterSeconds: 1 },
    );
  }
}
