import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { FeedState, GapCause } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from '../venues/channels.ts';
import { FeedLines } from '../venues/feed-lines.ts';
import { feedStatusEvent } from '../venues/feed-status.ts';
import { gapEvent } from '../venues/gap-event.ts';
import type { Subscription } from '../venues/venue-dialect.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';
import { BookRepairs, getText, isDeclined } from './book-repairs.ts';
import { FeedRhythm } from './feed-rhythm.ts';
import { PAUSE_MS_MAX, RECONNECT_BASE_MS, STATE_EVERY_MS, TICK_MS } from './limits.ts';
import type { LiveDeps } from './live-deps.ts';
import { LiveLine } from './live-line.ts';
import type { LiveQueue } from './live-queue.ts';
import type { LiveRequest } from './live-source.ts';
import { decodeLiveState, encodeLiveState } from './live-state.ts';
import { RateLimiter } from './rate-limiter.ts';

const NANOS_PER_MS = 1_000_000;
const LIST_TRIES_MAX = 3;

/** How the feed as a whole stands. */
type Standing = 'down' | 'up' | 'stale';

/** The lines of one live feed, and what they make of it together, put into a queue. */
export class LiveFeed {
  readonly #request: LiveRequest;
  readonly #deps: LiveDeps;
  readonly #queue: LiveQueue;
  readonly #subscription: Subscription;
  readonly #connects: RateLimiter;
  readonly #requests: RateLimiter;
  readonly #rhythm = new FeedRhythm();
  readonly #problems: MessageProblems;
  #lines!: FeedLines;
  #repairs!: BookRepairs;
  #connections: readonly LiveLine[] = [];
  #signal!: AbortSignal;
  #session = '';
  #standing: Standing = 'down';
  /** Why something may be missing when the feed comes back. */
  #cause: GapCause = GapCause.UNSPECIFIED;
  #latestEvent = 0n;
  #pausedSinceMs: number | undefined;
  #isOverflowing = false;
  #overflows = 0;

  constructor(request: LiveRequest, deps: LiveDeps, queue: LiveQueue, problems: MessageProblems) {
    this.#request = request;
    this.#deps = deps;
    this.#queue = queue;
    this.#problems = problems;
    const { dialect, market, symbols } = request;
    this.#subscription = { market, symbols };
    this.#connects = new RateLimiter(deps.clock, dialect.rates.connects);
    this.#requests = new RateLimiter(deps.clock, dialect.rates.requests);
  }

  /**
   * Keeps the feed up until `signal` aborts; then says that it has ended.
   *
   * @param isRestart whether the producer has sent before
   */
  async run(isRestart: boolean, signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#cause = isRestart ? GapCause.RESTART : GapCause.UNSPECIFIED;
    await this.#open();
    await this.#readLists();
    const { lines: lineCount } = this.#request;
    this.#connections = Array.from({ length: lineCount }, (_, number) => this.#line(number));
    const ticking = this.#tick();
    await Promise.all(this.#connections.map((connection) => connection.run(signal)));
    await ticking;
    this.#status(FeedState.DISCONNECTED, 'the source was stopped', GapCause.RESTART);
    await this.#save();
  }

  /** Takes up the numbers of the run before. */
  async #open(): Promise<void> {
    const { clock, state } = this.#deps;
    const { dialect, lines, market, symbols } = this.#request;
    const saved = await state.load();
    const known = saved === undefined ? undefined : decodeLiveState(saved);
    this.#session = known?.session ?? (clock.wallNanos() / 1_000_000n).toString(36);
    this.#lines = new FeedLines(dialect.venue, this.#problems, {
      isRedundant: lines > 1,
      onBookLost: (symbol) => this.#bookLost(symbol),
      ...(known === undefined ? {} : { epochs: known.epochs }),
    });
    if (known !== undefined) this.#lines.interrupt(GapCause.RESTART);
    const { instruments } = this.#lines.session;
    const { venue } = dialect.venue.feed;
    for (const place of known?.places ?? []) instruments.at(place).takePlace();
    for (const symbol of symbols) {
      instruments.find(dialect.publisherId(market), venue, symbol).takePlace();
    }
    await this.#save();
    this.#repairs = new BookRepairs(
      {
        dialect,
        market,
        rest: this.#rest,
        requests: this.#requests,
        lines: this.#lines,
        put: (url, text) => this.#put(this.#lines.answer(url, text, this.#now())),
        send: async (symbol, text) => {
          const line = this.#lines.bookLineOf(symbol) ?? 0;
          await this.#connections[line]?.send(text, this.#signal);
        },
        reconnect: () => {
          for (const connection of this.#connections) connection.reconnect();
        },
      },
      this.#deps,
    );
  }

  get #rest(): string {
    return this.#request.rest ?? this.#request.dialect.rest(this.#request.market);
  }

  /** The venue's own list; without it, symbols say of themselves what they can. */
  async #readLists(): Promise<void> {
    const { dialect } = this.#request;
    for (const path of dialect.listPaths(this.#subscription)) {
      const url = this.#rest + path;
      for (let tries = 1; tries <= LIST_TRIES_MAX && !this.#signal.aborted; tries += 1) {
        try {
          await this.#requests.take(this.#signal);
          const text = await getText(url, this.#requests, this.#deps, this.#signal);
          const events = this.#lines.answer(url, text, this.#now());
          this.#put(events.filter((event) => this.#isAskedFor(event)));
          break;
        } catch (error) {
          const why = FeedmillError.from(error).message;
          this.#deps.logger.warn({ why }, 'no instrument list of the venue');
          if (isDeclined(error)) break;
          await sleep(this.#deps.clock, RECONNECT_BASE_MS * tries, this.#signal);
        }
      }
    }
  }

  /** Of a list of thousands, what was subscribed. */
  #isAskedFor({ symbol, body }: FeedEvent): boolean {
    return body.case !== 'definition' || this.#request.symbols.includes(symbol.rawSymbol);
  }

  #line(number: number): LiveLine {
    return new LiveLine(
      {
        number,
        dialect: this.#request.dialect,
        subscription: this.#subscription,
        urlOf: (signal) => this.#url(signal),
        connects: this.#connects,
      },
      {
        onOpen: (line, url) => this.#opened(line, url),
        onMessage: (line, text) => this.#message(line, text),
        onClose: (line, reason) => this.#closed(line, reason),
      },
      this.#deps,
    );
  }

  /** Where to connect, once there is room for what comes. */
  async #url(signal: AbortSignal): Promise<string> {
    while (this.#queue.level !== 'open' && !signal.aborted) {
      await sleep(this.#deps.clock, TICK_MS, signal);
    }
    const { dialect, market, websocket } = this.#request;
    const { ticket } = dialect;
    if (ticket === undefined) {
      const base = websocket ?? dialect.websocket(market);
      return base + dialect.websocketPath(this.#subscription);
    }
    await this.#requests.take(signal);
    const url = this.#rest + ticket.path;
    const text = await getText(url, this.#requests, this.#deps, signal, 'POST');
    const found = ticket.urlOf(JSON.parse(text));
    if (found !== undefined) return found;
    throw new FeedmillError('SOURCE_FAILED', `${url} gives no ticket: ${text.slice(0, 100)}`);
  }

  #opened(line: number, url: string): void {
    const id = `${this.#session}-${line}-${(this.#now() / 1_000_000n).toString(36)}`;
    this.#lines.open(line, { id, url });
    if (this.#standing !== 'down') return;
    this.#isOverflowing = false;
    this.#rhythm.restart(this.#deps.clock.monotonicMs());
    this.#status(FeedState.CONNECTED, `line ${line} is open`, this.#cause);
    this.#cause = GapCause.UNSPECIFIED;
    this.#standing = 'up';
    if (this.#request.dialect.bookRepair.by !== 'rest') return;
    // Other venues begin with a snapshot by themselves.
    const { instruments } = this.#lines.session;
    for (const symbol of instruments.places) this.#repairs.begin(symbol, this.#signal);
  }

  #message(line: number, text: string): void {
    const events = this.#lines.message(line, text, this.#now());
    if (events.length === 0) return;
    this.#rhythm.beat(this.#deps.clock.monotonicMs());
    if (this.#standing === 'stale') {
      this.#standing = 'up';
      this.#status(FeedState.CONNECTED, 'messages come again');
    }
    this.#put(events);
  }

  #closed(line: number, reason: string): void {
    this.#put(this.#lines.close(line));
    const isLast = !this.#connections.some(({ isOpen }) => isOpen);
    if (!isLast || this.#standing === 'down' || this.#signal.aborted) return;
    this.#standing = 'down';
    // A venue that cuts off who does not read does so because of us.
    const isOurs = this.#isOverflowing || this.#pausedSinceMs !== undefined;
    this.#cause = isOurs ? GapCause.OVERFLOW : GapCause.NETWORK;
    this.#lines.interrupt(this.#cause);
    this.#status(FeedState.DISCONNECTED, reason, this.#cause);
  }

  #bookLost(symbol: FeedSymbol): void {
    this.#status(FeedState.RESYNCING, `the book of ${symbol.rawSymbol}`, undefined, symbol);
    this.#repairs.begin(symbol, this.#signal);
  }

  /** Takes events into the queue; at its bound the feed is cut, and says so. */
  #put(events: readonly FeedEvent[]): void {
    if (events.length === 0) return;
    if (this.#queue.level === 'full') {
      this.#overflow();
      return;
    }
    for (const { tsEvent } of events) if (tsEvent > this.#latestEvent) this.#latestEvent = tsEvent;
    this.#queue.add(events.map((event) => this.#inSession(event)));
  }

  /** Numbers count within the session; where the venue has its own, that one. */
  #inSession(event: FeedEvent): FeedEvent {
    const { case: kind } = event.body;
    const isOfBook = kind === 'bookSnapshot' || kind === 'gap';
    const isNumbered = event.sequenceKind !== undefined || isOfBook;
    if (!isNumbered || (event.sessionId ?? '') !== '') return event;
    return { ...event, sessionId: this.#session };
  }

  /** Nobody takes the events any more: what comes from here on is lost, and that is a gap. */
  #overflow(): void {
    if (this.#isOverflowing) return;
    this.#isOverflowing = true;
    this.#overflows += 1;
    const now = this.#now();
    const header = {
      symbol: this.#request.dialect.venue.feed,
      channelId: Channel.FEED,
      // Without numbers of the venue: the first, second, … overflow of this run.
      sessionId: `${this.#session}-overflow-${(now / 1_000_000n).toString(36)}`,
    };
    const range = { firstMissing: this.#overflows, lastMissing: this.#overflows };
    this.#queue.add([gapEvent(header, range, GapCause.OVERFLOW, now)]);
    for (const connection of this.#connections) connection.reconnect();
  }

  #status(
    state: FeedState,
    reason: string,
    gapCause: GapCause = GapCause.UNSPECIFIED,
    symbol: FeedSymbol = this.#request.dialect.venue.feed,
  ): void {
    const now = this.#now();
    const silenceMs = this.#rhythm.silenceMs(this.#deps.clock.monotonicMs());
    const venueAgeNs = this.#latestEvent === 0n ? 0n : now - this.#latestEvent;
    const receiveAgeNs = BigInt(Math.round(silenceMs * NANOS_PER_MS));
    const value = { state, reason: reason.slice(0, 200), gapCause, receiveAgeNs, venueAgeNs };
    this.#queue.add([feedStatusEvent(symbol, value, now, now)]);
  }

  /** Looks at the clocks until the feed ends. */
  async #tick(): Promise<void> {
    const { clock } = this.#deps;
    let savedMs = clock.monotonicMs();
    while (!this.#signal.aborted) {
      await sleep(clock, TICK_MS, this.#signal);
      const nowMs = clock.monotonicMs();
      for (const connection of this.#connections) connection.tick(nowMs);
      this.#put(this.#lines.expire(this.#now()));
      this.#watchQueue(nowMs);
      const isRead = this.#pausedSinceMs === undefined;
      if (isRead && this.#standing === 'up' && this.#rhythm.isStale(nowMs)) {
        this.#standing = 'stale';
        const silence = `no message for ${Math.round(this.#rhythm.silenceMs(nowMs))} ms`;
        this.#status(FeedState.STALE, silence);
      }
      if (nowMs - savedMs < STATE_EVERY_MS) continue;
      savedMs = nowMs;
      await this.#save();
    }
  }

  /** Stops reading while the queue is long; gives the connections up before the venue does. */
  #watchQueue(nowMs: number): void {
    const isLong = this.#queue.level !== 'open';
    if (!isLong) {
      if (this.#pausedSinceMs === undefined) return;
      this.#pausedSinceMs = undefined;
      this.#rhythm.restart(nowMs);
      for (const connection of this.#connections) connection.resume();
    } else if (this.#pausedSinceMs === undefined) {
      this.#pausedSinceMs = nowMs;
      for (const connection of this.#connections) connection.pause();
    } else if (nowMs - this.#pausedSinceMs > PAUSE_MS_MAX) {
      this.#overflow();
    }
  }

  async #save(): Promise<void> {
    const { places } = this.#lines.session.instruments;
    const epochs = this.#lines.epochs.known();
    try {
      await this.#deps.state.save(encodeLiveState({ session: this.#session, places, epochs }));
    } catch (error) {
      const why = FeedmillError.from(error).message;
      this.#deps.logger.warn({ why }, 'the state of the feed cannot be written');
    }
  }

  #now(): bigint {
    return this.#deps.clock.wallNanos();
  }
}
