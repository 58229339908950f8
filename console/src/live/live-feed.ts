import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import { signal } from '@preact/signals';
import type { ApiClient } from '../api/api-client.ts';
import { LiveConnection } from '../api/live-connection.ts';
import type { LiveState } from '../api/live-state.ts';
import type { SseMessage } from '../api/sse-parser.ts';

/** What a page wants from the live stream. */
export interface LiveInterest {
  readonly topics: readonly string[];
  message(message: SseMessage): void;
  /**
   * The stream is open; `isResumed` says that it goes on behind the last message. Otherwise what
   * was loaded before may have changed meanwhile.
   */
  opened(isResumed: boolean): void;
}

/** The one live stream of the page that is shown, and how it is. */
export class LiveFeed {
  readonly state = signal<LiveState>({ kind: 'closed', cursor: undefined });
  /** When something was last heard, on the wall clock; undefined before the first time. */
  readonly heardMs = signal<number | undefined>(undefined);
  /** When the gateway last left messages out because this page was slow, on the wall clock. */
  readonly conflatedMs = signal<number | undefined>(undefined);
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #nowMs: () => number;
  #connection: LiveConnection | undefined;

  constructor(client: ApiClient, clock: Clock, random: Random, nowMs: () => number) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
    this.#nowMs = nowMs;
  }

  /** Ends the stream before and opens one for this page. Returns what ends it. */
  follow(interest: LiveInterest): () => void {
    this.#connection?.stop();
    let isResuming = false;
    const connection = new LiveConnection(
      {
        clock: this.#clock,
        random: this.#random,
        open: (cursor, ended) => {
          isResuming = cursor !== undefined;
          return this.#client.openLive(interest.topics, cursor, ended);
        },
      },
      {
        message: (message) => {
          this.heardMs.value = this.#nowMs();
          this.#take(message, interest);
        },
        state: (state) => {
          if (this.#connection !== connection) return;
          this.state.value = state;
          if (state.kind === 'open') {
            this.heardMs.value = this.#nowMs();
            interest.opened(isResuming);
          }
        },
      },
    );
    this.#connection = connection;
    connection.start();
    return () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      connection.stop();
    };
  }

  #take(message: SseMessage, interest: LiveInterest): void {
    switch (message.event) {
      case 'conflated':
        this.conflatedMs.value = this.#nowMs();
        return;
      case 'refresh':
        // What the stream could not bring is in the tables.
        interest.opened(false);
        return;
      case 'open':
      case 'heartbeat':
      case 'end':
        return;
      default:
        interest.message(message);
    }
  }

  /** With another key, or without waiting on. */
  tryNow(): void {
    if (this.#connection === undefined) {
      // The page of somebody who was refused is gone; it follows anew as soon as it is shown.
      this.state.value = { kind: 'closed', cursor: undefined };
      return;
    }
    this.#connection.start();
    this.#connection.tryNow();
  }
}
