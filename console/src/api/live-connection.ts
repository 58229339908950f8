import type { Clock, Timer } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import { MESSAGE_CHARS_MAX, SILENCE_MS_MAX } from './limits.ts';
import { type LiveEvent, type LiveState, nextLiveState } from './live-state.ts';
import { ApiProblem } from './problem.ts';
import { type SseMessage, SseParser } from './sse-parser.ts';

export interface LiveDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Opens the stream behind a cursor, or with what is now. */
  open(cursor: string | undefined, signal: AbortSignal): Promise<Response>;
}

export interface LiveListener {
  message(message: SseMessage): void;
  state(state: LiveState): void;
}

/** Gone means that the cursor is older than what the gateway keeps. */
const STATUS_GONE = 410;

/** Holds one live stream: opens it, reads it, and opens it behind its cursor when it is lost. */
export class LiveConnection {
  readonly #deps: LiveDeps;
  readonly #listener: LiveListener;
  #state: LiveState = { kind: 'closed', cursor: undefined };
  #timer: Timer | undefined;
  #request: AbortController | undefined;

  constructor(deps: LiveDeps, listener: LiveListener) {
    this.#deps = deps;
    this.#listener = listener;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Also after a refusal, with another key. */
  start(): void {
    this.#on({ kind: 'start' });
  }

  stop(): void {
    this.#on({ kind: 'stop' });
  }

  /** Tries at once instead of waiting on: the network is back, or somebody pressed a key. */
  tryNow(): void {
    this.#on({ kind: 'due' });
  }

  #on(event: LiveEvent): void {
    const before = this.#state;
    const after = nextLiveState(before, event, this.#deps.random);
    if (after === before) return;
    this.#state = after;
    if (after.kind !== 'open' || before.kind !== 'open') {
      this.#enter(after);
      this.#listener.state(after);
    }
  }

  #enter(state: LiveState): void {
    if (this.#timer !== undefined) this.#deps.clock.cancel(this.#timer);
    this.#timer = undefined;
    switch (state.kind) {
      case 'connecting':
        void this.#connect(state.cursor);
        this.#watch();
        return;
      case 'open':
        this.#watch();
        return;
      case 'waiting':
        this.#request?.abort();
        this.#schedule(state.retryMs - this.#deps.clock.monotonicMs(), { kind: 'due' });
        return;
      case 'closed':
      case 'refused':
        this.#request?.abort();
    }
  }

  #schedule(delayMs: number, event: LiveEvent): void {
    this.#timer = this.#deps.clock.schedule(Math.max(0, delayMs), () => this.#on(event));
  }

  /** A stream or a request from which nothing is heard for too long is lost. */
  #watch(): void {
    const sinceMs = this.#deps.clock.monotonicMs();
    this.#timer = this.#deps.clock.schedule(SILENCE_MS_MAX, () => {
      const nowMs = this.#deps.clock.monotonicMs();
      const heardMs = this.#state.kind === 'open' ? this.#state.heardMs : sinceMs;
      if (nowMs - heardMs >= SILENCE_MS_MAX) {
        this.#on({ kind: 'lost', nowMs, reason: 'nothing heard' });
      } else {
        this.#watch();
      }
    });
  }

  async #connect(cursor: string | undefined): Promise<void> {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    // What an older request says when it is ended is no news of this one.
    const tell = (event: LiveEvent): void => {
      if (this.#request === request) this.#on(event);
    };
    const now = (): number => this.#deps.clock.monotonicMs();
    try {
      const response = await this.#deps.open(cursor, request.signal);
      if (response.body === null) throw new ApiProblem('The live stream has no body', 0);
      tell({ kind: 'opened', nowMs: now() });
      for await (const message of messagesOf(response.body, () => {
        tell({ kind: 'heard', nowMs: now() });
      })) {
        if (request.signal.aborted) return;
        this.#listener.message(message);
        tell({ kind: 'heard', nowMs: now(), cursor: message.id });
      }
      tell({ kind: 'lost', nowMs: now(), reason: 'the gateway ended the stream' });
    } catch (thrown) {
      const problem = ApiProblem.from(thrown);
      const { message: reason, retryAfterMs } = problem;
      if (problem.isAboutAccess) tell({ kind: 'refused', reason });
      else if (problem.status === STATUS_GONE && cursor !== undefined) tell({ kind: 'forgotten' });
      else tell({ kind: 'lost', nowMs: now(), reason, retryAfterMs });
    }
  }
}

async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<SseMessage> {
  const parser = new SseParser(MESSAGE_CHARS_MAX);
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
