import type { EpochNanos } from './brand.ts';

/** Handle of a scheduled call; opaque to everyone but the clock that gave it. */
export type Timer = object;

/**
 * Time as production code may see it. The real one is in `adapters/`, the simulator has its own.
 * Wall time only stamps records; every wait and every lease is measured on the monotonic clock.
 */
export interface Clock {
  /** Wall-clock time. It may jump. */
  wallNanos(): EpochNanos;
  /** Milliseconds on a clock that never goes back, with sub-millisecond fraction. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`. */
  schedule(delayMs: number, callback: () => void): Timer;
  cancel(timer: Timer): void;
}

/** Resolves after `delayMs` of the given clock, or at once when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      clock.cancel(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.schedule(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
