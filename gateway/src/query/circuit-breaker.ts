import type { Clock } from '@feedmill/core/clock';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long it stays open, first and at most; the time doubles with each failed trial. */
  readonly openMs: number;
  readonly openMaxMs: number;
  readonly onChange: (state: BreakerState) => void;
}

/**
 * Keeps requests from waiting for something that is away: after some failures in a row it lets
 * nothing through for a while, then one trial, and closes when that succeeds.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #state: BreakerState = 'closed';
  #failures = 0;
  #openMs: number;
  #opensUntilMs = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#openMs = options.openMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until a trial is let through; 0 where requests pass. */
  get waitMs(): number {
    if (this.#state === 'closed') return 0;
    return Math.max(0, this.#opensUntilMs - this.#options.clock.monotonicMs());
  }

  /** Whether a request may try; a true while it is not closed makes that request the trial. */
  admit(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || this.waitMs > 0) return false;
    this.#become('half-open');
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openMs = this.#options.openMs;
    if (this.#state !== 'closed') this.#become('closed');
  }

  failed(): void {
    this.#failures += 1;
    const { clock, failuresMax, openMs, openMaxMs } = this.#options;
    if (this.#state === 'closed' && this.#failures < failuresMax) return;
    if (this.#state === 'half-open') this.#openMs = Math.min(this.#openMs * 2, openMaxMs);
    else if (this.#state === 'closed') this.#openMs = openMs;
    this.#opensUntilMs = clock.monotonicMs() + this.#openMs;
    this.#become('open');
  }

  #become(state: BreakerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange(state);
  }
}
