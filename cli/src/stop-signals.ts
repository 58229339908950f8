import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The user's wish to end: the first signal asks for an orderly stop, the second forces it. A closed
 * terminal (SIGHUP) is an orderly stop too.
 */
export class StopSignals {
  readonly #source: EventEmitter;
  readonly #stop = new AbortController();
  readonly #listener: (signal: NodeJS.Signals) => void;

  /** @param source the process, whose signals are its events */
  constructor(source: EventEmitter, onForce: () => void) {
    this.#source = source;
    let isForced = false;
    this.#listener = () => {
      if (!this.#stop.signal.aborted) this.#stop.abort();
      else if (!isForced) {
        isForced = true;
        onForce();
      }
    };
    for (const signal of SIGNALS) source.on(signal, this.#listener);
  }

  /** Aborts on the first signal. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  dispose(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#listener);
  }
}
