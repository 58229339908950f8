import { Backoff } from '@feedmill/core/backoff';
import type { Clock, Timer } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import type {
  SubscribeDerivedResponse,
  SubscribeResponse,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { Database } from '../query/database.ts';
import { derivedMessages } from './derived-messages.ts';
import { eventMessages } from './event-messages.ts';
import type { LiveLimits } from './limits.ts';
import type { Flow } from './live-cursor.ts';
import type { LiveMessage } from './live-message.ts';
import { type NewsKey, newsKeys, newsMessages } from './news-desk.ts';
import { refreshMessages } from './refresh-messages.ts';
import type { ShardSource, ShardStream, ShardStreamEnd } from './shard-source.ts';
import type { SymbolDesk } from './symbol-desk.ts';

/** Takes what a shard brings, in order. */
export interface ShardSink {
  /** Nothing before these positions comes any more, and everything behind them does. */
  begin(shard: number, place: Readonly<Partial<Record<Flow, number>>>): void;
  take(
    shard: number,
    flow: Flow,
    position: number,
    messages: readonly LiveMessage[],
    bytes: number,
  ): void;
}

export interface ShardFollowerOptions {
  readonly shard: number;
  readonly source: ShardSource;
  readonly sink: ShardSink;
  readonly symbols: SymbolDesk;
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LiveLimits;
}

interface WaitingDerived {
  readonly response: SubscribeDerivedResponse;
  /** Of its stream: it says where that begins. */
  readonly isFirst: boolean;
}

// What a derived row costs in memory and on the wire, about.
const DERIVED_BYTES = 400;
const EVENT_BYTES = 350;

/**
 * Follows one shard: its journal's events, and what its transactions derive from them. A worker
 * that was killed is asked again, behind what it told last.
 */
export class ShardFollower {
  readonly #options: ShardFollowerOptions;
  readonly #waitingEvents: SubscribeResponse[] = [];
  readonly #waitingDerived: WaitingDerived[] = [];
  readonly #news: NewsKey[] = [];
  readonly #streams = new Map<Flow, ShardStream>();
  readonly #timers = new Map<Flow, Timer>();
  readonly #backoffs: Readonly<Record<Flow, Backoff>>;
  /** Rows of a transaction whose last part has not come. */
  #parts: LiveMessage[] = [];
  #position = -1;
  #committed: number | undefined;
  #isFresh = true;
  #isTakingEvents = false;
  #isTakingDerived = false;
  #isStopped = false;

  constructor(options: ShardFollowerOptions) {
    const { random, limits } = options;
    const backoff = (): Backoff => new Backoff(limits.liveRetryMs, limits.liveRetryMaxMs, random);
    this.#options = options;
    this.#backoffs = { events: backoff(), derived: backoff() };
  }

  get shard(): number {
    return this.#options.shard;
  }

  get source(): ShardSource {
    return this.#options.source;
  }

  /** Whether both streams have been opened. */
  get hasBegun(): boolean {
    return !this.#isFresh && this.#committed !== undefined;
  }

  /** Follows what comes behind a position. */
  start(after: number): void {
    this.#position = after;
    this.#openEvents();
    this.#openDerived();
  }

  stop(): void {
    this.#isStopped = true;
    for (const stream of this.#streams.values()) stream.close();
    for (const timer of this.#timers.values()) this.#options.clock.cancel(timer);
  }

  #openEvents(): void {
    const stream = this.#options.source.events(this.#position, [], {
      response: (response) => {
        this.#backoffs.events.reset();
        this.#waitingEvents.push(response);
        if (this.#isTakingEvents) stream.pause();
        else this.#takeEvents();
      },
      ended: (end) => this.#onEventsEnded(end),
    });
    this.#streams.set('events', stream);
  }

  #onEventsEnded(end: ShardStreamEnd): void {
    if (end.kind === 'trimmed' && end.firstPosition !== undefined) {
      // What the journal gave up is in Postgres; whoever followed is told to look there.
      this.#position = Math.max(this.#position, end.firstPosition - 1);
      this.#begin({ events: this.#position });
      this.#take('events', this.#position, refreshMessages('events', this.shard), 0);
    }
    this.#retry('events', () => this.#openEvents());
  }

  #retry(flow: Flow, open: () => void): void {
    if (this.#isStopped) return;
    const { clock } = this.#options;
    const delayMs = this.#backoffs[flow].nextDelayMs();
    this.#timers.set(flow, clock.schedule(delayMs, open));
  }

  #takeEvents(): void {
    const { symbols } = this.#options;
    for (
      let response = this.#waitingEvents.shift();
      response;
      response = this.#waitingEvents.shift()
    ) {
      if (symbols.knows(response)) {
        this.#takeResponse(response);
        continue;
      }
      // The meaning may have been loaded a moment ago; what comes next waits for the answer.
      const unknown = response;
      this.#isTakingEvents = true;
      void symbols.learn().finally(() => {
        this.#isTakingEvents = false;
        if (this.#isStopped) return;
        this.#takeResponse(unknown);
        this.#takeEvents();
        this.#streams.get('events')?.resume();
      });
      return;
    }
  }

  #takeResponse(response: SubscribeResponse): void {
    const position = Number(response.position);
    if (this.#isFresh) {
      this.#isFresh = false;
      this.#begin({ events: this.#position });
    }
    const { names } = this.#options.symbols;
    this.#news.push(...newsKeys(response, names));
    const messages = eventMessages(response, names);
    // The position of a response of some events of an entry may come more than once.
    this.#position = Math.max(this.#position, position);
    this.#take('events', position, messages, messages.length * EVENT_BYTES);
    void this.#takeDerived();
  }

  #openDerived(): void {
    let isFirst = true;
    const stream = this.#options.source.derived({
      response: (response) => {
        this.#backoffs.derived.reset();
        this.#waitingDerived.push({ response, isFirst });
        isFirst = false;
        // Told once the events are, which say how things are called.
        stream.pause();
        void this.#takeDerived();
      },
      ended: () => this.#retry('derived', () => this.#openDerived()),
    });
    this.#streams.set('derived', stream);
  }

  async #takeDerived(): Promise<void> {
    if (this.#isTakingDerived) return;
    this.#isTakingDerived = true;
    try {
      for (;;) {
        const [waiting] = this.#waitingDerived;
        const position = Number(waiting?.response.committedPosition ?? 0n);
        const isReady = !this.#isFresh && position <= this.#position;
        if (waiting === undefined || !isReady || this.#isStopped) return;
        this.#waitingDerived.shift();
        await this.#takeTransaction(waiting, position);
        if (this.#waitingDerived.length === 0) this.#streams.get('derived')?.resume();
      }
    } finally {
      this.#isTakingDerived = false;
    }
  }

  async #takeTransaction({ response, isFirst }: WaitingDerived, position: number): Promise<void> {
    const before = this.#committed;
    if (isFirst) this.#parts = [];
    if (before === undefined) {
      this.#committed = position;
      this.#begin({ derived: position });
      return;
    }
    const { names } = this.#options.symbols;
    this.#parts.push(...derivedMessages(response, names, this.#parts.length + 1));
    const hasHole = response.conflatedRows > 0n || (isFirst && position > before);
    // The last part of a transaction is the one that moves the position.
    if (position === before && !hasHole) return;
    const parts = hasHole ? refreshMessages('derived', this.shard) : this.#parts;
    this.#parts = [];
    const messages = [...parts, ...(await this.#newsThrough(position))];
    this.#committed = position;
    this.#take('derived', position, messages, messages.length * DERIVED_BYTES);
  }

  /** The news that were committed up to a position. */
  async #newsThrough(position: number): Promise<LiveMessage[]> {
    const count = this.#news.findIndex((key) => key.position > position);
    const keys = this.#news.splice(0, count < 0 ? this.#news.length : count);
    try {
      return await newsMessages(this.#options.database, keys);
    } catch {
      // Postgres has them and does not answer now.
      return refreshMessages('news', this.shard);
    }
  }

  #begin(place: Readonly<Partial<Record<Flow, number>>>): void {
    this.#options.sink.begin(this.shard, place);
  }

  #take(flow: Flow, position: number, messages: readonly LiveMessage[], bytes: number): void {
    this.#options.sink.take(this.shard, flow, position, messages, bytes);
  }
}
