import { FeedmillError } from '@feedmill/core/errors';
import type { Chance } from './chance.ts';
import type { Scheduler } from './scheduler.ts';
import { SimClock } from './sim-clock.ts';
import type { SimHost } from './sim-host.ts';

/** How a process ended. */
export type SimEnd =
  /** By itself, with nothing left to do. */
  | { readonly kind: 'done' }
  /** By itself, because of an error that it could not survive. */
  | { readonly kind: 'failed'; readonly error: FeedmillError }
  /** SIGKILL, or with its machine. */
  | { readonly kind: 'killed'; readonly isPowerCut: boolean };

/** The spread of timers, ms: a real one is late by as much as its machine is busy. */
const TIMER_SPREAD_MS = 0.4;

/**
 * What the operating system knows as a process. Everything from outside (timers, completions of
 * disk and network) comes in through `deliver`: to a stopped process later, to a dead one never.
 */
export class SimProcess {
  readonly name: string;
  readonly host: SimHost;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly clock: SimClock;
  readonly ended: Promise<SimEnd>;
  #state: 'running' | 'paused' | 'ended' = 'running';
  #held: { readonly label: string; readonly run: () => void }[] = [];
  readonly #onEnd = new Set<(end: SimEnd) => void>();
  #resolveEnded: (end: SimEnd) => void = () => undefined;
  #pausedSinceMs: number | undefined;

  constructor(name: string, host: SimHost, scheduler: Scheduler, chance: Chance) {
    this.name = name;
    this.host = host;
    this.scheduler = scheduler;
    this.chance = chance;
    this.clock = new SimClock(this, () => chance.random() * TIMER_SPREAD_MS);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Since when it does not answer, virtual ms; undefined where it does. */
  get pausedSinceMs(): number | undefined {
    return this.#pausedSinceMs;
  }

  /** Has `run` happen in the process. */
  deliver(label: string, run: () => void): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'paused') {
      this.#held.push({ label, run });
      return;
    }
    try {
      run();
    } catch (error) {
      this.fail(FeedmillError.from(error));
    }
  }

  /** Has `run` happen in the process after a while. */
  after(delayMs: number, label: string, run: () => void): void {
    this.scheduler.after(delayMs, `${this.name} ${label}`, () => this.deliver(label, run));
  }

  /** Lets the process wait for something outside of it. */
  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, label, resolve));
  }

  /** Is told when the process ends; returns how to be told no more. */
  onEnd(listener: (end: SimEnd) => void): () => void {
    this.#onEnd.add(listener);
    return () => this.#onEnd.delete(listener);
  }

  /** SIGSTOP. */
  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#pausedSinceMs = this.scheduler.nowMs;
  }

  /** SIGCONT: what came meanwhile is taken up one after another. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#pausedSinceMs = undefined;
    const held = this.#held;
    this.#held = [];
    for (const { label, run } of held) this.after(0, label, run);
  }

  kill(isPowerCut = false): void {
    this.#end({ kind: 'killed', isPowerCut });
  }

  exit(): void {
    this.#end({ kind: 'done' });
  }

  fail(error: FeedmillError): void {
    this.#end({ kind: 'failed', error });
  }

  #end(end: SimEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#held = [];
    for (const listener of this.#onEnd) listener(end);
    this.#onEnd.clear();
    this.#resolveEnded(end);
  }
}
