import { asEpochNanos, type EpochNanos } from '@feedmill/core/brand';
import type { Clock, Timer } from '@feedmill/core/clock';
import type { ScheduledEvent } from './event-heap.ts';
import type { SimProcess } from './sim-process.ts';

/** When every simulation begins: 2025-01-06T14:30:00Z, a Monday at the opening bell. */
export const START_WALL_MS = 1_736_173_800_000;
const NANOS_PER_MS = 1e6;

interface SimTimer {
  event: ScheduledEvent | undefined;
  isCancelled: boolean;
}

/** The clocks and timers of one process: virtual time, as its machine's clocks show it. */
export class SimClock implements Clock {
  readonly #program: SimProcess;
  readonly #spreadMs: () => number;

  constructor(program: SimProcess, spreadMs: () => number) {
    this.#program = program;
    this.#spreadMs = spreadMs;
  }

  wallNanos(): EpochNanos {
    const wallMs = this.#localMs() + this.#program.host.wallOffsetMs;
    // Two steps, because a number cannot hold nanoseconds since 1970.
    const whole = Math.floor(wallMs);
    const nanos = BigInt(Math.round((wallMs - whole) * NANOS_PER_MS));
    return asEpochNanos(BigInt(START_WALL_MS + whole) * 1_000_000n + nanos);
  }

  monotonicMs(): number {
    return this.#localMs();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const program = this.#program;
    const timer: SimTimer = { event: undefined, isCancelled: false };
    const waitMs = delayMs / program.host.clockRate + this.#spreadMs();
    timer.event = program.scheduler.after(waitMs, `${program.name} timer`, () =>
      program.deliver('timer', () => {
        // A stopped process may have cancelled it since it came due.
        if (!timer.isCancelled) callback();
      }),
    );
    return timer;
  }

  cancel(timer: Timer): void {
    const { event } = timer as SimTimer;
    (timer as SimTimer).isCancelled = true;
    if (event !== undefined) this.#program.scheduler.cancel(event);
  }

  #localMs(): number {
    return this.#program.scheduler.nowMs * this.#program.host.clockRate;
  }
}
