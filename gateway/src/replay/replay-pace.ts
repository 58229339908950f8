/** How fast a replay goes; undefined: as fast as it is taken. */
export type Speed = number | undefined;

const NANOS_PER_MS = 1_000_000;

/** Up to which event time a replay has to be at a time of the clock. */
export class ReplayPace {
  #speed: Speed;
  #anchorNanos: bigint;
  #anchorMs: number;
  #isPaused: boolean;

  constructor(speed: Speed, fromNanos: bigint, nowMs: number, isPaused: boolean) {
    this.#speed = speed;
    this.#anchorNanos = fromNanos;
    this.#anchorMs = nowMs;
    this.#isPaused = isPaused;
  }

  get speed(): Speed {
    return this.#speed;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The event time that is due; undefined: everything. */
  dueNanos(nowMs: number): bigint | undefined {
    if (this.#isPaused) return this.#anchorNanos - 1n;
    if (this.#speed === undefined) return undefined;
    const elapsedNanos = (nowMs - this.#anchorMs) * NANOS_PER_MS * this.#speed;
    return this.#anchorNanos + BigInt(Math.floor(elapsedNanos));
  }

  /** How long until an event time is due, ms; 0 where it is. */
  waitMs(nanos: bigint, nowMs: number): number {
    const due = this.dueNanos(nowMs);
    if (due === undefined || this.#speed === undefined || due >= nanos) return 0;
    return Number(nanos - due) / NANOS_PER_MS / this.#speed;
  }

  /** Goes on from an event time, as if it were due now. */
  moveTo(nanos: bigint, nowMs: number): void {
    this.#anchorNanos = nanos;
    this.#anchorMs = nowMs;
  }

  change(change: { readonly speed?: Speed; readonly isPaused?: boolean }, nowMs: number): void {
    // Where it is now is where the new speed begins.
    if (!this.#isPaused) this.moveTo(this.dueNanos(nowMs) ?? this.#anchorNanos, nowMs);
    else this.#anchorMs = nowMs;
    if ('speed' in change) this.#speed = change.speed;
    if (change.isPaused !== undefined) this.#isPaused = change.isPaused;
  }
}
