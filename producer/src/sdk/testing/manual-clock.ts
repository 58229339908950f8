import { asEpochNanos } from '@feedmill/core/brand';
import type { Clock, Timer } from '@feedmill/core/clock';

interface Scheduled extends Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Time that moves only when a test says so. */
export class ManualClock implements Clock {
  readonly #scheduled = new Set<Scheduled>();
  #nowMs = 0;

  wallNanos() {
    return asEpochNanos(1_700_000_000_000_000_000n + BigInt(Math.round(this.#nowMs * 1e6)));
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#scheduled.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    this.#scheduled.delete(timer as Scheduled);
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** Lets everything run that waits for no time. */
  async settle(): Promise<void> {
    for (let round = 0; round < 50; round += 1) await Promise.resolve();
  }

  /** Moves time on, firing each timer at its moment. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await this.settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#scheduled.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await this.settle();
    }
    this.#nowMs = endMs;
    await this.settle();
  }

  #next(endMs: number): Scheduled | undefined {
    return [...this.#scheduled]
      .filter((timer) => timer.dueMs <= endMs)
      .sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
