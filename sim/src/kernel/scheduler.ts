import { EventHeap, type ScheduledEvent } from './event-heap.ts';
import { Trace } from './trace.ts';

const US_PER_MS = 1000;

/** What a simulation gets from the real world: a way to let all promises that can settle do so. */
export type Settle = () => Promise<void>;

/**
 * Virtual time. What is to happen stands in one queue and happens one after another; after each
 * step all promises that can settle have settled before the next one. Nothing else moves.
 */
export class Scheduler {
  readonly trace: Trace;
  readonly #events = new EventHeap();
  readonly #settle: Settle;
  #nowUs = 0;
  #order = 0;
  #steps = 0;
  #stopped = false;

  constructor(settle: Settle, trace: Trace = new Trace()) {
    this.#settle = settle;
    this.trace = trace;
  }

  get nowMs(): number {
    return this.#nowUs / US_PER_MS;
  }

  /** Steps that were taken. */
  get steps(): number {
    return this.#steps;
  }

  /** Has `run` happen `delayMs` from now, after everything that is scheduled for then already. */
  after(delayMs: number, label: string, run: () => void): ScheduledEvent {
    const atUs = this.#nowUs + Math.max(0, Math.ceil(delayMs * US_PER_MS));
    this.#order += 1;
    const event: ScheduledEvent = { atUs, order: this.#order, label, run };
    if (atUs < Number.POSITIVE_INFINITY) this.#events.push(event);
    return event;
  }

  cancel(event: ScheduledEvent): void {
    event.run = undefined;
  }

  sleep(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, label, resolve));
  }

  /** Ends `runUntil` after the current step. */
  stop(): void {
    this.#stopped = true;
  }

  /** Lets things happen up to a moment, or until nothing is left or `stop` was called. */
  async runUntil(endMs: number): Promise<void> {
    const endUs = endMs * US_PER_MS;
    await this.#settle();
    while (!this.#stopped) {
      const next = this.#events.first;
      if (next === undefined || next.atUs > endUs) break;
      this.#events.pop();
      const { run } = next;
      if (run === undefined) continue;
      this.#nowUs = next.atUs;
      this.#steps += 1;
      this.trace.step(next.atUs, next.label);
      run();
      await this.#settle();
    }
    if (!this.#stopped) this.#nowUs = Math.max(this.#nowUs, endUs);
  }
}
