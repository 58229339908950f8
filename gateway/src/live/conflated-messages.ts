import type { LiveMessage } from './live-message.ts';

/** What a slow client gets instead of everything: the newest of each key, in order. */
export class ConflatedMessages {
  readonly #keysMax: number;
  readonly #kept = new Map<string, LiveMessage>();
  #leftOut = 0;

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#kept.size;
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0 && this.#leftOut === 0;
  }

  add(message: LiveMessage): void {
    // To the end: what is kept stays in the order in which it came.
    const isKnown = this.#kept.delete(message.key);
    if (isKnown || this.#kept.size >= this.#keysMax) this.#leftOut += 1;
    if (isKnown || this.#kept.size < this.#keysMax) this.#kept.set(message.key, message);
  }

  /** How many were left out since they were taken last. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** How many were left out, to be told. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }

  /** The oldest that is kept. */
  take(): LiveMessage | undefined {
    const next = this.#kept.entries().next();
    if (next.done === true) return undefined;
    const [key, message] = next.value;
    this.#kept.delete(key);
    return message;
  }
}
