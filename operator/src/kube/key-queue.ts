import { Backoff } from '@feedmill/core/backoff';
import type { Clock, Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { Random } from '@feedmill/core/random';

export interface KeyQueueOptions<Key extends string> {
  readonly clock: Clock;
  readonly random: Random;
  /** Keys that are worked on at the same time. */
  readonly atOnce: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /**
   * Brings what a key stands for to where it should be.
   *
   * @returns after how many ms to look again; undefined: only when something changes
   */
  readonly work: (key: Key) => Promise<number | undefined>;
  readonly onDone?: (key: Key, durationMs: number, error: FeedmillError | undefined) => void;
}

/** What is known of one key. There is one of these for each, however often it was added. */
interface Entry {
  state: 'idle' | 'queued' | 'running';
  /** Added while it was running: it is worked on again. */
  again: boolean;
  timer: Timer | undefined;
  dueMs: number;
  readonly backoff: Backoff;
}

/**
 * Keys that wait for work. A key that is added many times is worked on once; never twice at a time;
 * and after a failure again, with growing waits of its own. The queue is bounded by the keys that
 * there are, which is to say by the objects in the cluster.
 */
export class KeyQueue<Key extends string> {
  readonly #options: KeyQueueOptions<Key>;
  readonly #entries = new Map<Key, Entry>();
  readonly #queued = new Set<Key>();
  #running = 0;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(options: KeyQueueOptions<Key>) {
    this.#options = options;
  }

  /** Keys that wait for their turn now. */
  get depth(): number {
    return this.#queued.size;
  }

  /** Work on `key` as soon as possible, whatever it was waiting for. */
  add(key: Key): void {
    if (this.#stopped) return;
    const entry = this.#entry(key);
    this.#unschedule(entry);
    if (entry.state === 'running') {
      entry.again = true;
      return;
    }
    if (entry.state === 'queued') return;
    entry.state = 'queued';
    this.#queued.add(key);
    this.#pump();
  }

  /** Work on `key` after `delayMs`, unless that is to happen earlier already. */
  addAfter(key: Key, delayMs: number): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const entry = this.#entry(key);
    if (entry.state === 'queued' || entry.again) return;
    const dueMs = clock.monotonicMs() + delayMs;
    if (entry.timer !== undefined && entry.dueMs <= dueMs) return;
    this.#unschedule(entry);
    entry.dueMs = dueMs;
    entry.timer = clock.schedule(delayMs, () => {
      entry.timer = undefined;
      this.add(key);
    });
  }

  /** Takes nothing any more, and resolves when what is running has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queued.clear();
    for (const entry of this.#entries.values()) this.#unschedule(entry);
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #pump(): void {
    for (const key of this.#queued) {
      if (this.#running >= this.#options.atOnce) return;
      this.#queued.delete(key);
      this.#running += 1;
      void this.#run(key, this.#entry(key));
    }
  }

  async #run(key: Key, entry: Entry): Promise<void> {
    const { clock, work, onDone } = this.#options;
    entry.state = 'running';
    const startedMs = clock.monotonicMs();
    let failure: FeedmillError | undefined;
    let againMs: number | undefined;
    try {
      againMs = await work(key);
      entry.backoff.reset();
    } catch (error) {
      failure = FeedmillError.from(error);
      againMs = entry.backoff.nextDelayMs();
    }
    onDone?.(key, clock.monotonicMs() - startedMs, failure);
    this.#running -= 1;
    entry.state = 'idle';
    const { again } = entry;
    entry.again = false;
    // A change that came meanwhile does not shorten the wait after a failure.
    if (again && failure === undefined) this.add(key);
    else if (againMs !== undefined) this.addAfter(key, againMs);
    else if (entry.timer === undefined) this.#entries.delete(key);
    this.#pump();
    if (this.#running === 0) this.#onIdle?.();
  }

  #entry(key: Key): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const { retryBaseMs, retryCapMs, random } = this.#options;
    const backoff = new Backoff(retryBaseMs, retryCapMs, random);
    const entry: Entry = { state: 'idle', again: false, timer: undefined, dueMs: 0, backoff };
    this.#entries.set(key, entry);
    return entry;
  }

  #unschedule(entry: Entry): void {
    if (entry.timer !== undefined) this.#options.clock.cancel(entry.timer);
    entry.timer = undefined;
  }
}
