import { Backoff } from '@feedmill/core/backoff';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedSymbol } from '@feedmill/core/event';
import { type HttpAnswer, retryAfterMs } from '../net/http-client.ts';
import type { FeedLines } from '../venues/feed-lines.ts';
import type { VenueDialect } from '../venues/venue-dialect.ts';
import { RECONNECT_BASE_MS, RECONNECT_CAP_MS, SNAPSHOT_TRIES_MAX } from './limits.ts';
import type { LiveDeps } from './live-deps.ts';
import type { RateLimiter } from './rate-limiter.ts';

const NANOS_PER_MS = 1_000_000n;
const TOO_MANY_REQUESTS = 429;
/** Binance's answer to who goes on after a 429. */
const BANNED = 418;

export interface BookRepairOptions {
  readonly dialect: VenueDialect;
  readonly market: string;
  /** Scheme and host of REST. */
  readonly rest: string;
  readonly requests: RateLimiter;
  readonly lines: FeedLines;
  /** Takes the events of an answer. */
  readonly put: (url: string, text: string) => void;
  /** Sends a message on the line that brings the book of a symbol. */
  readonly send: (symbol: FeedSymbol, text: string) => Promise<void>;
  /** Opens the lines anew. */
  readonly reconnect: () => void;
}

/**
 * Makes books whole again: by a REST snapshot, by a message that the venue answers with one, or by
 * a new connection, within the venue's limits and until the book stands.
 */
export class BookRepairs {
  readonly #options: BookRepairOptions;
  readonly #deps: LiveDeps;
  readonly #running = new Set<FeedSymbol>();

  constructor(options: BookRepairOptions, deps: LiveDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Begins to repair a book, unless that is under way. */
  begin(symbol: FeedSymbol, signal: AbortSignal): void {
    if (this.#running.has(symbol) || signal.aborted) return;
    this.#running.add(symbol);
    void this.#repair(symbol, signal).finally(() => this.#running.delete(symbol));
  }

  async #repair(symbol: FeedSymbol, signal: AbortSignal): Promise<void> {
    const { dialect, lines, reconnect } = this.#options;
    const { clock, logger, random } = this.#deps;
    const backoff = new Backoff(RECONNECT_BASE_MS, RECONNECT_CAP_MS, random);
    for (let tries = 0; tries < SNAPSHOT_TRIES_MAX; tries += 1) {
      if (signal.aborted || lines.books.isWhole(symbol)) return;
      if (dialect.bookRepair.by === 'reconnect') break;
      try {
        await this.#ask(symbol, signal);
      } catch (error) {
        const why = FeedmillError.from(error).message;
        logger.warn({ symbol: symbol.rawSymbol, why }, 'no snapshot of a book; it is asked again');
      }
      // The answer to a message takes its time; so does the next change behind a REST snapshot.
      await sleep(clock, RECONNECT_BASE_MS + backoff.nextDelayMs(), signal);
    }
    if (!signal.aborted && !lines.books.isWhole(symbol)) reconnect();
  }

  async #ask(symbol: FeedSymbol, signal: AbortSignal): Promise<void> {
    const { dialect, market, put, requests, rest, send } = this.#options;
    const { bookRepair } = dialect;
    if (bookRepair.by === 'messages') {
      for (const text of bookRepair.messages(symbol.rawSymbol)) await send(symbol, text);
      return;
    }
    if (bookRepair.by !== 'rest') return;
    await requests.take(signal);
    if (signal.aborted) return;
    const url = rest + bookRepair.path(symbol.rawSymbol, market);
    put(url, await getText(url, requests, this.#deps, signal));
  }
}

/**
 * The text of a REST answer that is one.
 *
 * @param requests is paused as long as the venue asks for
 * @throws FeedmillError SOURCE_FAILED for any other answer
 */
export async function getText(
  url: string,
  requests: RateLimiter,
  { clock, http }: LiveDeps,
  signal: AbortSignal,
  method: 'GET' | 'POST' = 'GET',
): Promise<string> {
  const answer = await http.request({ method, url }, signal);
  if (answer.status === 200) return answer.text;
  if (answer.status === TOO_MANY_REQUESTS || answer.status === BANNED) {
    const wallMs = Number(clock.wallNanos() / NANOS_PER_MS);
    requests.pause(retryAfterMs(answer, wallMs) ?? RECONNECT_CAP_MS);
  }
  const said = answer.text.slice(0, 100);
  throw new FeedmillError('SOURCE_FAILED', `${url} answers ${answer.status}: ${said}`, {
    cause: answer,
  });
}

/** Whether asking again will not help: the venue has understood, and declines. */
export function isDeclined(error: unknown): boolean {
  const status = ((error as Error).cause as Partial<HttpAnswer> | undefined)?.status ?? 0;
  return status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS && status !== BANNED;
}
