import { Backoff } from '@feedmill/core/backoff';
import type { Sequence } from '@feedmill/core/brand';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import { FeedState, GapCause } from '@feedmill/proto/feedmill/v1/event_pb';
import { FeedRhythm } from '../live/feed-rhythm.ts';
import { type HttpAnswer, retryAfterMs } from '../net/http-client.ts';
import type { SourceProblems } from '../net/source-problems.ts';
import type { SourceState } from '../net/source-state.ts';
import type { NetworkDeps } from '../network-kind.ts';
import type { Source, SourceProgress } from '../source.ts';
import { Channel } from '../venues/channels.ts';
import { feedStatusEvent } from '../venues/feed-status.ts';
import { gapEvent } from '../venues/gap-event.ts';
import { MessageFault, rejectedEvent } from '../venues/rejection.ts';
import {
  POLL_CHUNK_EVENTS_MAX,
  POLL_RETRY_BASE_MS,
  POLL_RETRY_CAP_MS,
  RETRY_AFTER_MS_MAX,
} from './limits.ts';
import { type AnswerReader, digestOf, type PollItem } from './poll-item.ts';
import { SeenItems } from './seen-items.ts';

/** What is asked for, and how often. */
export interface PollRequest {
  readonly producer: string;
  readonly url: string;
  readonly everyMs: number;
}

/** How the feed stands, as it was last said. */
type Standing = 'unknown' | 'up' | 'stale' | 'down';

const NANOS_PER_MS = 1_000_000;
const NOT_MODIFIED = 304;
const SAID_CHARS_MAX = 100;

/**
 * Asks one address again and again, and sends what is new in its answers: each item once, and once
 * more when it has changed. What was sent is kept with the numbers of its events before they are
 * handed over, so that a start after a crash sends exactly what no worker has taken.
 */
export class PollSource implements Source {
  readonly producer: string;
  readonly #request: PollRequest;
  readonly #reader: AnswerReader;
  readonly #problems: SourceProblems;
  readonly #deps: NetworkDeps;
  readonly #state: SourceState;
  readonly #backoff: Backoff;
  readonly #rhythm = new FeedRhythm();
  #seen = new SeenItems();
  #standing: Standing = 'unknown';
  /** Why items may be missing when an answer comes. */
  #cause: GapCause = GapCause.UNSPECIFIED;
  #validators: Readonly<Record<string, string>> = {};
  #number = 0;
  #latestEvent = 0n;
  #missed = 0;
  #lastFault = '';

  constructor(
    request: PollRequest,
    deps: NetworkDeps,
    problems: SourceProblems,
    reader: AnswerReader,
  ) {
    this.producer = request.producer;
    this.#request = request;
    this.#reader = reader;
    this.#problems = problems;
    this.#deps = deps;
    this.#state = deps.stateOf(request.producer);
    this.#backoff = new Backoff(POLL_RETRY_BASE_MS, POLL_RETRY_CAP_MS, deps.random);
  }

  async *events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    const { clock } = this.#deps;
    this.#number = after;
    this.#seen = SeenItems.decode(await this.#state.load(), after);
    if (after > 0) this.#cause = GapCause.RESTART;
    while (!signal.aborted) {
      const askedMs = clock.monotonicMs();
      const { events, waitMs } = await this.#ask(signal);
      if (signal.aborted) break;
      if (events.length > 0) await this.#state.save(this.#seen.encode());
      for (let at = 0; at < events.length; at += POLL_CHUNK_EVENTS_MAX) {
        yield events.slice(at, at + POLL_CHUNK_EVENTS_MAX);
      }
      const tookMs = clock.monotonicMs() - askedMs;
      await sleep(clock, Math.max(this.#request.everyMs - tookMs, waitMs), signal);
    }
    if (this.#standing === 'unknown' || this.#standing === 'down') return;
    yield [this.#status(FeedState.DISCONNECTED, 'the source was stopped', GapCause.RESTART)];
  }

  progress(): SourceProgress {
    return { fraction: undefined, problems: this.#problems.counts() };
  }

  /** One request: its events, and how long to wait at least before the next. */
  async #ask(signal: AbortSignal): Promise<{ events: FeedEvent[]; waitMs: number }> {
    const { clock, http } = this.#deps;
    const { url } = this.#request;
    try {
      const headers = { accept: this.#reader.accept, ...this.#validators };
      const answer = await http.request({ method: 'GET', url, headers }, signal);
      if (answer.status === 200 || answer.status === NOT_MODIFIED) {
        const events = answer.status === 200 ? this.#take(answer) : this.#nothingNew();
        this.#backoff.reset();
        return { events, waitMs: 0 };
      }
      const asked = retryAfterMs(answer, Number(clock.wallNanos()) / NANOS_PER_MS) ?? 0;
      const said = answer.text.slice(0, SAID_CHARS_MAX);
      const events = this.#fail(`${url} answers ${answer.status}: ${said}`);
      const waitMs = Math.max(this.#backoff.nextDelayMs(), Math.min(asked, RETRY_AFTER_MS_MAX));
      return { events, waitMs };
    } catch (error) {
      const events = signal.aborted ? [] : this.#fail(FeedmillError.from(error).message);
      return { events, waitMs: this.#backoff.nextDelayMs() };
    }
  }

  #take(answer: HttpAnswer): FeedEvent[] {
    const tsRecv = this.#deps.clock.wallNanos();
    let items: readonly PollItem[];
    try {
      items = this.#reader.items(answer.text, tsRecv);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      return this.#unreadable(error, answer.text, tsRecv);
    }
    this.#lastFault = '';
    this.#validators = validatorsOf(answer);
    const isBroken =
      this.#reader.isWindow &&
      this.#seen.size > 0 &&
      items.length > 0 &&
      !items.some(({ key }) => this.#seen.has(key));
    // Lists have the newest first or last; events go in the order of their times.
    const sorted = items.toSorted((a, b) => Number(a.tsEvent - b.tsEvent));
    const keys = new Set<string>();
    const news = sorted.flatMap((item) => {
      if (keys.has(item.key)) {
        this.#problems.ignore('copy');
        return [];
      }
      keys.add(item.key);
      const edition = this.#seen.editionOf(item);
      return edition === undefined ? [] : [{ item, edition }];
    });
    const events = this.#comeUp(news.length > 0);
    if (isBroken) events.push(this.#numbered(this.#gap(tsRecv)));
    this.#cause = GapCause.UNSPECIFIED;
    for (const { item, edition } of news) {
      for (const event of item.events(edition)) {
        if (event.tsEvent > this.#latestEvent) this.#latestEvent = event.tsEvent;
        events.push(this.#numbered(event));
      }
      this.#seen.add(item, edition, this.#number);
    }
    return events;
  }

  #nothingNew(): FeedEvent[] {
    return this.#comeUp(false);
  }

  /** An answer has come: the feed is up, or stale where it has said nothing new for long. */
  #comeUp(isNews: boolean): FeedEvent[] {
    const nowMs = this.#deps.clock.monotonicMs();
    const before = this.#standing;
    if (before === 'unknown' || before === 'down') this.#rhythm.restart(nowMs);
    else if (isNews) this.#rhythm.beat(nowMs);
    if (before === 'up' && !isNews && this.#rhythm.isStale(nowMs)) {
      this.#standing = 'stale';
      const silence = `nothing new for ${Math.round(this.#rhythm.silenceMs(nowMs))} ms`;
      return [this.#status(FeedState.STALE, silence)];
    }
    if (before === 'up' || (before === 'stale' && !isNews)) return [];
    this.#standing = 'up';
    const reason = before === 'stale' ? 'something new has come' : 'an answer has come';
    return [this.#status(FeedState.CONNECTED, reason, this.#cause)];
  }

  #fail(why: string): FeedEvent[] {
    const { logger } = this.#deps;
    logger.warn({ producer: this.producer, why }, 'no answer; it is asked for again');
    if (this.#standing === 'unknown' || this.#standing === 'down') return [];
    this.#standing = 'down';
    this.#cause = GapCause.NETWORK;
    return [this.#status(FeedState.DISCONNECTED, why, GapCause.NETWORK)];
  }

  /** An answer that is no list: a dead letter, once while it stays the same. */
  #unreadable({ kind, message }: MessageFault, text: string, tsRecv: bigint): FeedEvent[] {
    const events = this.#fail(message);
    const fault = digestOf(text);
    if (fault === this.#lastFault) return events;
    this.#lastFault = fault;
    this.#problems.count(kind, message);
    const at = { symbol: this.#reader.feed, tsRecv };
    return [...events, this.#numbered(rejectedEvent(at, kind, message, text))];
  }

  /** No item of the answer before is in this one: those between them were never seen. */
  #gap(tsRecv: bigint): FeedEvent {
    this.#missed += 1;
    const header = {
      symbol: this.#reader.feed,
      channelId: Channel.FEED,
      // Items have no numbers: the first, second, … such gap of this run.
      sessionId: `missed-${(tsRecv / BigInt(NANOS_PER_MS)).toString(36)}`,
    };
    const range = { firstMissing: this.#missed, lastMissing: this.#missed };
    const cause = this.#cause === GapCause.UNSPECIFIED ? GapCause.OVERFLOW : this.#cause;
    return gapEvent(header, range, cause, tsRecv);
  }

  #status(state: FeedState, reason: string, gapCause: GapCause = GapCause.UNSPECIFIED): FeedEvent {
    const { clock } = this.#deps;
    const now = clock.wallNanos();
    const silenceMs = this.#rhythm.silenceMs(clock.monotonicMs());
    const receiveAgeNs = BigInt(Math.round(silenceMs * NANOS_PER_MS));
    const venueAgeNs = this.#latestEvent === 0n ? 0n : now - this.#latestEvent;
    const value = { state, reason: reason.slice(0, 200), gapCause, receiveAgeNs, venueAgeNs };
    return this.#numbered(feedStatusEvent(this.#reader.feed, value, now, now));
  }

  #numbered(event: FeedEvent): FeedEvent {
    this.#number += 1;
    return event;
  }
}

/** By which the server is asked for an answer only if it is another one (RFC 9110, 13.1). */
function validatorsOf({ headers }: HttpAnswer): Readonly<Record<string, string>> {
  const { etag, 'last-modified': modified } = headers;
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  };
}
