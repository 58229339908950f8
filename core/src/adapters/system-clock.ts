import { asEpochNanos } from '../brand.ts';
import type { Clock, Timer } from '../clock.ts';

const NANOS_PER_MS = 1_000_000n;

// Date.now() has millisecond resolution. The monotonic clock's fraction is laid over a wall-clock
// anchor that is taken anew whenever the two drift apart, so that stamps are finer than 1 ms and
// still follow a corrected system clock.
const DRIFT_MAX_MS = 2;

/** The machine's clocks and timers. */
export function systemClock(): Clock {
  let anchorWallMs = Date.now();
  let anchorMonotonicMs = performance.now();
  return {
    wallNanos() {
      const elapsedMs = performance.now() - anchorMonotonicMs;
      const wallMs = Date.now();
      if (Math.abs(anchorWallMs + elapsedMs - wallMs) > DRIFT_MAX_MS) {
        anchorWallMs = wallMs;
        anchorMonotonicMs = performance.now();
        return asEpochNanos(BigInt(wallMs) * NANOS_PER_MS);
      }
      const elapsedNanos = BigInt(Math.round(elapsedMs * 1e6));
      return asEpochNanos(BigInt(anchorWallMs) * NANOS_PER_MS + elapsedNanos);
    },
    monotonicMs: () => performance.now(),
    schedule: (delayMs, callback): Timer => setTimeout(callback, delayMs),
    cancel: (timer) => {
      clearTimeout(timer as NodeJS.Timeout);
    },
  };
}
