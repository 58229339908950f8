import { Backoff } from '@feedmill/core/backoff';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { Subscription, VenueDialect } from '../venues/venue-dialect.ts';
import {
  DEAD_AFTER_MS,
  PING_EVERY_MS,
  RECONNECT_BASE_MS,
  RECONNECT_CAP_MS,
  STABLE_AFTER_MS,
} from './limits.ts';
import type { LiveDeps } from './live-deps.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { Socket } from './web-socket.ts';

/** Where a line stands. */
export type LineState =
  /** Waiting for its turn, or until the venue may be asked again. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'connecting' }
  /** Open and subscribed since then. */
  | { readonly kind: 'open'; readonly socket: Socket; readonly sinceMs: number }
  | { readonly kind: 'ended' };

/** What a line tells its feed. */
export interface LineListener {
  readonly onOpen: (line: number, url: string) => void;
  readonly onMessage: (line: number, text: string) => void;
  readonly onClose: (line: number, reason: string) => void;
}

export interface LineOptions {
  readonly number: number;
  readonly dialect: VenueDialect;
  readonly subscription: Subscription;
  /** Where to connect, asked anew each time: a venue may want a ticket. */
  readonly urlOf: (signal: AbortSignal) => Promise<string>;
  /** Shared by all lines of the venue. */
  readonly connects: RateLimiter;
}

/**
 * One connection to a venue, kept up: opened, subscribed within the venue's limits, asked for signs
 * of life, given up when there are none, and opened again with growing, jittered waits.
 */
export class LiveLine {
  readonly #options: LineOptions;
  readonly #listener: LineListener;
  readonly #deps: LiveDeps;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #messages: RateLimiter;
  #state: LineState = { kind: 'waiting' };
  #heardMs = 0;
  #askedMs = 0;
  #asked = 0;
  #isPaused = false;

  constructor(options: LineOptions, listener: LineListener, deps: LiveDeps) {
    this.#options = options;
    this.#listener = listener;
    this.#deps = deps;
    this.#clock = deps.clock;
    this.#backoff = new Backoff(RECONNECT_BASE_MS, RECONNECT_CAP_MS, deps.random);
    this.#messages = new RateLimiter(deps.clock, options.dialect.rates.messages);
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** Keeps the connection up until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { number, connects } = this.#options;
    while (!signal.aborted) {
      await connects.take(signal);
      if (signal.aborted) break;
      const reason = await this.#session(signal);
      this.#state = { kind: 'waiting' };
      this.#listener.onClose(number, reason);
      if (signal.aborted) break;
      const waitMs = this.#backoff.nextDelayMs();
      this.#deps.logger.info({ line: number, reason, waitMs }, 'line lost; it is opened again');
      await sleep(this.#clock, waitMs, signal);
    }
    this.#state = { kind: 'ended' };
  }

  /** Sends something, when the venue's limit allows. Never rejects. */
  async send(text: string, signal: AbortSignal): Promise<void> {
    await this.#messages.take(signal);
    if (this.#state.kind === 'open') this.#state.socket.send(text);
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#state.kind === 'open') this.#state.socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // What waited on the way is heard only now.
    this.#heardMs = this.#clock.monotonicMs();
    if (this.#state.kind === 'open') this.#state.socket.resume();
  }

  /** Ends the connection, which is then opened again. */
  reconnect(): void {
    if (this.#state.kind === 'open') this.#state.socket.terminate();
  }

  /** Looks at the clock: asks for a sign of life, or gives the connection up. */
  tick(nowMs: number): void {
    if (this.#state.kind !== 'open' || this.#isPaused) return;
    const { socket } = this.#state;
    if (nowMs - this.#heardMs > DEAD_AFTER_MS) {
      socket.terminate();
      return;
    }
    const { keepAlive } = this.#options.dialect;
    if (nowMs - this.#askedMs < (keepAlive?.everyMs ?? PING_EVERY_MS)) return;
    this.#askedMs = nowMs;
    this.#asked += 1;
    if (keepAlive === undefined) socket.ping();
    else socket.send(keepAlive.text(this.#asked));
  }

  /** One connection from its opening to its end; the reason of the end. */
  async #session(signal: AbortSignal): Promise<string> {
    const { number, urlOf } = this.#options;
    this.#state = { kind: 'connecting' };
    const ended = Promise.withResolvers<string>();
    const session = new AbortController();
    const both = AbortSignal.any([signal, session.signal]);
    // Messages may come before the promise of the opening has been looked at.
    const early: string[] = [];
    let onMessage = (text: string): void => void early.push(text);
    try {
      const url = await urlOf(both);
      const socket = await this.#deps.dialer.open(
        url,
        {
          onMessage: (text) => onMessage(text),
          onPong: () => this.#hear(),
          onClose: (reason) => ended.resolve(reason),
        },
        both,
      );
      this.#hear();
      this.#askedMs = this.#clock.monotonicMs();
      this.#state = { kind: 'open', socket, sinceMs: this.#clock.monotonicMs() };
      if (this.#isPaused) socket.pause();
      this.#listener.onOpen(number, url);
      onMessage = (text) => this.#message(socket, text);
      for (const text of early) onMessage(text);
      void this.#subscribe(socket, both);
      const reason = await ended.promise;
      if (this.#clock.monotonicMs() - this.#state.sinceMs > STABLE_AFTER_MS) this.#backoff.reset();
      return reason;
    } catch (error) {
      return FeedmillError.from(error).message;
    } finally {
      session.abort();
    }
  }

  async #subscribe(socket: Socket, signal: AbortSignal): Promise<void> {
    const { dialect, subscription } = this.#options;
    for (const text of dialect.subscribe(subscription)) {
      await this.#messages.take(signal);
      if (signal.aborted) return;
      socket.send(text);
    }
  }

  #message(socket: Socket, text: string): void {
    this.#hear();
    const { dialect, number } = this.#options;
    if (dialect.isNoise?.(text) === true) return;
    const reply = dialect.replyTo?.(text);
    if (reply !== undefined) socket.send(reply);
    if (dialect.wantsReconnect?.(text) === true) socket.terminate();
    this.#listener.onMessage(number, text);
  }

  #hear(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }
}
