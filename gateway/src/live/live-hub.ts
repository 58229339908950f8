import { type Clock, sleep } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import { Problem } from '../problem.ts';
import type { Database, Positions } from '../query/database.ts';
import { CatchUp } from './catch-up.ts';
import { TOPIC_KINDS } from './event-messages.ts';
import type { LiveLimits } from './limits.ts';
import { LiveClient, type LiveOutlet } from './live-client.ts';
import type { Flow, LiveCursor } from './live-cursor.ts';
import { LiveLog } from './live-log.ts';
import type { LiveMessage } from './live-message.ts';
import { LiveSeats } from './live-seats.ts';
import { refreshMessages } from './refresh-messages.ts';
import { ShardFollower, type ShardSink } from './shard-follower.ts';
import type { ShardSource } from './shard-source.ts';
import { StateBoard, type StateItem } from './state-board.ts';
import { SymbolDesk } from './symbol-desk.ts';
import { SymbolNames } from './symbol-names.ts';
import type { TopicFilter } from './topic.ts';

export interface LiveHubOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LiveLimits;
  readonly connect: (address: string) => ShardSource;
  readonly observer: LiveObserver;
}

/** What happens here, for metrics. */
export interface LiveObserver {
  clients(count: number): void;
  leftOut(messages: number): void;
  caughtUp(): void;
}

/** What a client asks for. */
export interface LiveRequest {
  /** Whose stream it is. */
  readonly owner: string;
  readonly filter: TopicFilter;
  readonly cursor: LiveCursor | undefined;
  readonly isComplete: boolean;
}

const SYMBOL_INTERVAL_MS = 1_000;

/**
 * The live stream: follows every shard while there is somebody to tell, keeps the newest of what
 * came in one log, and tells each client what it asked for from there.
 */
export class LiveHub implements ShardSink {
  readonly #options: LiveHubOptions;
  readonly #log: LiveLog;
  readonly #states = new StateBoard();
  readonly #seats: LiveSeats;
  readonly #symbols: SymbolDesk;
  readonly #clients = new Set<LiveClient>();
  readonly #followers = new Map<number, ShardFollower>();
  #workers: readonly { readonly shard: number; readonly address: string }[] = [];
  #positions: Positions | undefined;
  #starting: Promise<void> | undefined;
  #isTelling = false;
  #idleSinceMs: number | undefined;

  constructor(options: LiveHubOptions) {
    const { limits, clock, database } = options;
    this.#options = options;
    this.#log = new LiveLog(limits.liveLogBytesMax, limits.liveLogEntriesMax);
    this.#seats = new LiveSeats(limits.liveStreamsMax, limits.liveStreamsPerKeyMax);
    this.#symbols = new SymbolDesk(new SymbolNames(database), clock, SYMBOL_INTERVAL_MS);
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  get log(): LiveLog {
    return this.#log;
  }

  /** Follows these workers from now on. */
  follow(workers: readonly { readonly shard: number; readonly address: string }[]): void {
    this.#workers = workers;
    if (this.#followers.size > 0) this.#followAll();
  }

  /** Takes how feeds, shards and the like are now. */
  show(items: readonly StateItem[]): void {
    const changed = this.#states.show(items);
    if (changed.length === 0) return;
    const bytes = changed.reduce((sum, { data }) => sum + data.length, 0);
    this.#append(undefined, changed, bytes);
  }

  /**
   * Lets a client in. Nothing is sent before `begin` of what is returned.
   *
   * @throws Problem rate-limited, overloaded, gone, not-meaningful, unavailable, store-unavailable
   */
  async admit(request: LiveRequest): Promise<(outlet: LiveOutlet) => LiveClient> {
    const leave = this.#seats.take(request.owner);
    try {
      await this.#started();
      const { cursor } = request;
      const catchUps = cursor === undefined ? [] : await this.#openCatchUps(request.filter, cursor);
      return (outlet) => this.#seat(request, outlet, catchUps, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Heartbeats, and rest when nobody listens; ends all streams when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, limits } = this.#options;
    while (!signal.aborted) {
      const nowMs = clock.monotonicMs();
      for (const client of this.#clients) client.onBeat(nowMs);
      if (this.#clients.size > 0) this.#idleSinceMs = nowMs;
      else if (nowMs - (this.#idleSinceMs ?? nowMs) > limits.liveLingerMs) this.#rest();
      await sleep(clock, limits.liveHeartbeatMs / 4, signal);
    }
    for (const client of this.#clients) client.end('the gateway stops');
    this.#rest();
  }

  begin(shard: number, place: Readonly<Partial<Record<Flow, number>>>): void {
    this.#log.begin(shard, place);
  }

  take(
    shard: number,
    flow: Flow,
    position: number,
    messages: readonly LiveMessage[],
    bytes: number,
  ): void {
    if (messages.length === 0) this.#log.advance(shard, flow, position);
    else this.#append({ shard, flow, position }, messages, bytes);
  }

  #append(
    source: { shard: number; flow: Flow; position: number } | undefined,
    messages: readonly LiveMessage[],
    bytes: number,
  ): void {
    this.#log.append(source, messages, bytes);
    if (this.#log.isFull) {
      for (const client of this.#clients) client.makeRoom();
      this.#log.trim();
    }
    // Once for all that arrives together.
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#options.clock.schedule(0, () => {
      this.#isTelling = false;
      for (const client of this.#clients) client.advance();
    });
  }

  #seat(
    request: LiveRequest,
    outlet: LiveOutlet,
    catchUps: readonly CatchUp[],
    leave: () => void,
  ): LiveClient {
    const { limits, clock, observer } = this.#options;
    const client = new LiveClient({
      outlet,
      log: this.#log,
      limits,
      clock,
      filter: request.filter,
      isComplete: request.isComplete,
      onOvertaken: (overtaken) => void this.#comeBack(overtaken),
      onClosed: (closed) => {
        this.#clients.delete(closed);
        for (const catchUp of catchUps) catchUp.close();
        leave();
        observer.clients(this.#clients.size);
      },
      onLeftOut: (messages) => observer.leftOut(messages),
    });
    this.#clients.add(client);
    observer.clients(this.#clients.size);
    this.#greet(client, request);
    if (request.cursor === undefined) client.follow();
    else void this.#bringUp(client, request.cursor, catchUps);
    return client;
  }

  #greet(client: LiveClient, { filter, cursor }: LiveRequest): void {
    const data = JSON.stringify({
      topics: filter.texts,
      resumed: cursor !== undefined,
      heartbeat_ms: this.#options.limits.liveHeartbeatMs,
    });
    client.send({ name: 'open', data, cursor: String(cursor ?? this.#log.head) });
    for (const message of this.#states.current(filter)) client.sendAlone(message, undefined);
  }

  async #bringUp(client: LiveClient, from: LiveCursor, opened: readonly CatchUp[]): Promise<void> {
    let cursor = from;
    let catchUps = opened;
    try {
      while (catchUps.length > 0) {
        for (const catchUp of catchUps) {
          const isThere = (position: number): boolean =>
            position >= this.#log.floor.place(catchUp.shard).events;
          cursor = await catchUp.run(client, cursor, isThere);
          catchUp.close();
        }
        if (client.isClosed) return;
        // The log may have moved on meanwhile.
        catchUps = await this.#openCatchUps(client.filter, cursor);
      }
      client.join(this.#withoutDerived(client, cursor));
    } catch (error) {
      for (const catchUp of catchUps) catchUp.close();
      client.end(error instanceof Error ? error.message : String(error));
    }
  }

  /** Rows of transactions are not in the journal: what the log has not is to be read anew. */
  #withoutDerived(client: LiveClient, from: LiveCursor): LiveCursor {
    let cursor = from;
    for (const shard of this.#log.floor.shards) {
      const { derived } = this.#log.floor.place(shard);
      if (cursor.place(shard).derived >= derived) continue;
      cursor = cursor.advance(shard, { derived });
      for (const message of [
        ...refreshMessages('derived', shard),
        ...refreshMessages('news', shard),
      ]) {
        if (client.filter.wants(message.topic, message.names)) client.sendAlone(message, cursor);
      }
    }
    return cursor;
  }

  async #comeBack(client: LiveClient): Promise<void> {
    const cursor = client.cursor ?? this.#log.head;
    try {
      await this.#bringUp(client, cursor, await this.#openCatchUps(client.filter, cursor));
    } catch (error) {
      client.end(error instanceof Error ? error.message : String(error));
    }
  }

  /** Of the shards where the log begins behind the cursor. */
  async #openCatchUps(filter: TopicFilter, cursor: LiveCursor): Promise<readonly CatchUp[]> {
    const kinds = Object.entries(TOPIC_KINDS).flatMap(([topic, kind]) =>
      filter.has(topic as keyof typeof TOPIC_KINDS) ? kind : [],
    );
    const opened: CatchUp[] = [];
    try {
      for (const [shard, { source }] of this.#followers) {
        const { events } = cursor.place(shard);
        this.#checkPlace(shard, events);
        if (!cursor.has(shard) || events >= this.#log.floor.place(shard).events) continue;
        if (kinds.length === 0) continue;
        this.#options.observer.caughtUp();
        opened.push(await CatchUp.open(shard, source, events, kinds, this.#symbols));
      }
      return opened;
    } catch (error) {
      for (const catchUp of opened) catchUp.close();
      throw error;
    }
  }

  #checkPlace(shard: number, events: number): void {
    const newest = this.#log.head.place(shard).events;
    if (events <= newest || newest < 0) return;
    throw new Problem(
      'not-meaningful',
      `The cursor says position ${events} of shard ${shard}, whose journal ends at ${newest}: it ` +
        'is of another Feedmill. Begin without one.',
    );
  }

  async #started(): Promise<void> {
    if (this.#followers.size === 0) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
    const { clock, limits } = this.#options;
    const untilMs = clock.monotonicMs() + limits.liveOpeningMs;
    const isOpening = (): boolean => [...this.#followers.values()].some((each) => !each.hasBegun);
    while (isOpening() && clock.monotonicMs() < untilMs) await sleep(clock, limits.liveRetryMs);
  }

  async #start(): Promise<void> {
    try {
      this.#positions = await this.#symbols.names.load();
    } catch (error) {
      // What was known before does: meanings that came since come again with the journal.
      if (this.#positions === undefined) throw error;
    }
    this.#followAll();
  }

  #followAll(): void {
    for (const [shard, follower] of this.#followers) {
      const isKept = this.#workers.some(
        (worker) => worker.shard === shard && worker.address === follower.source.address,
      );
      if (isKept) continue;
      follower.stop();
      follower.source.close();
      this.#followers.delete(shard);
    }
    for (const { shard, address } of this.#workers) {
      if (this.#followers.has(shard)) continue;
      const { connect, database, clock, random, limits } = this.#options;
      const follower = new ShardFollower({
        shard,
        source: connect(address),
        sink: this,
        symbols: this.#symbols,
        database,
        clock,
        random,
        limits,
      });
      this.#followers.set(shard, follower);
      // One that has moved goes on where it was; the journal is the same.
      const known = this.#log.head.place(shard).events;
      follower.start(known >= 0 ? known : Number(this.#positions?.[shard] ?? 0));
    }
  }

  #rest(): void {
    for (const follower of this.#followers.values()) {
      follower.stop();
      follower.source.close();
    }
    this.#followers.clear();
    this.#log.reset();
  }
}
