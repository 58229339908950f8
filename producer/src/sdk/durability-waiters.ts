import type { Sequence } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import { FLUSHES_WAITING_MAX } from '../limits.ts';

interface Waiter {
  readonly through: Sequence;
  resolve(): void;
  reject(error: FeedmillError): void;
}

/** Callers who wait until a position reaches theirs. */
export class DurabilityWaiters {
  #waiters: Waiter[] = [];

  /**
   * Resolves when `reached` is called with `through` or more.
   *
   * @throws FeedmillError the one given to `rejectAll`, or WORKER_UNAVAILABLE when too many wait
   */
  wait(through: Sequence): Promise<void> {
    if (this.#waiters.length >= FLUSHES_WAITING_MAX) {
      const message = `${FLUSHES_WAITING_MAX} flushes wait already; await one before the next.`;
      return Promise.reject(new FeedmillError('WORKER_UNAVAILABLE', message));
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ through, resolve, reject });
    });
  }

  reached(position: Sequence): void {
    if (this.#waiters.length === 0) return;
    const done = this.#waiters.filter((waiter) => waiter.through <= position);
    if (done.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.through > position);
    for (const waiter of done) waiter.resolve();
  }

  rejectAll(error: FeedmillError): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}
