import { type Clock, sleep } from '@feedmill/core/clock';
import { LIVE_LIMITS } from '../live/limits.ts';
import { LiveClient, type LiveOutlet } from '../live/live-client.ts';
import type { LiveCursor } from '../live/live-cursor.ts';
import { LiveLog } from '../live/live-log.ts';
import type { TopicFilter } from '../live/topic.ts';
import { Problem } from '../problem.ts';
import type { TimeRange } from '../query/time-range.ts';
import type { ReplayLimits } from './limits.ts';
import { ManifestWriter, type StreamManifest } from './manifest.ts';
import { type ReadTopic, ReplayMerge } from './replay-merge.ts';
import { ReplayPace, type Speed } from './replay-pace.ts';
import { messageOf, type ReplayTopic } from './replay-rows.ts';

export interface ReplayOptions {
  readonly id: string;
  /** Name of the key that has started it. */
  readonly owner: string;
  readonly instruments: readonly string[];
  readonly topics: readonly ReplayTopic[];
  readonly range: TimeRange;
  readonly speed: Speed;
  readonly isPaused: boolean;
  readonly clock: Clock;
  readonly limits: ReplayLimits;
  readonly read: ReadTopic;
}

export type ReplayState = 'running' | 'paused' | 'done' | 'stopped' | 'failed';

/** What a replay has told, in all. */
export interface Manifest {
  readonly replay: string;
  readonly events: number;
  /** How often it was sought: then it has told parts of the range, or some twice. */
  readonly seeks: number;
  readonly ts_from: string;
  readonly ts_to: string;
  readonly streams: readonly StreamManifest[];
}

// Its messages are numbered as if they were those of one shard.
const SHARD = 0;
const INT64_MAX = 9_223_372_036_854_775_807n;

/**
 * Tells history as the live stream would have: in event time, at a speed, to whoever follows it.
 * It waits for the slowest of its clients, so that each gets everything.
 */
export class Replay {
  readonly options: ReplayOptions;
  readonly #log: LiveLog;
  readonly #clients = new Set<LiveClient>();
  readonly #pace: ReplayPace;
  readonly #manifest = new ManifestWriter();
  readonly #stop = new AbortController();
  #merge: ReplayMerge;
  #events = 0;
  #positionNanos: bigint;
  #seeks = 0;
  #ended: { readonly state: 'done' | 'stopped' | 'failed'; readonly why?: string } | undefined;
  #manifestDocument: Manifest | undefined;

  constructor(options: ReplayOptions) {
    const { limits, range, speed, clock, isPaused } = options;
    this.options = options;
    this.#log = new LiveLog(limits.replayLogBytesMax, limits.replayLogEntriesMax);
    this.#log.begin(SHARD, { events: 0, derived: 0 });
    this.#positionNanos = range.from;
    this.#pace = new ReplayPace(speed, range.from, clock.monotonicMs(), isPaused);
    this.#merge = this.#mergeFrom(range.from);
  }

  get state(): ReplayState {
    return this.#ended?.state ?? (this.#pace.isPaused ? 'paused' : 'running');
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** As the API shows it. */
  document(): object {
    const { id, owner, instruments, topics, range } = this.options;
    return {
      id,
      state: this.state,
      owner,
      instruments,
      topics,
      ts_from: String(range.from),
      ts_to: String(range.to),
      ts_position: String(this.#positionNanos),
      speed: this.#pace.speed ?? null,
      events: this.#events,
      followers: this.#clients.size,
      why: this.#ended?.why ?? null,
      manifest: this.#manifestDocument ?? null,
    };
  }

  /** @throws Problem conflict where it has ended */
  change(change: {
    readonly speed?: Speed;
    readonly isPaused?: boolean;
    readonly seekNanos?: bigint;
  }): void {
    if (this.#ended !== undefined) {
      throw new Problem('conflict', `The replay is ${this.#ended.state}; start another one.`);
    }
    const nowMs = this.options.clock.monotonicMs();
    this.#pace.change(change, nowMs);
    if (change.seekNanos !== undefined) {
      this.#seeks += 1;
      this.#positionNanos = change.seekNanos;
      this.#pace.moveTo(change.seekNanos, nowMs);
      this.#merge = this.#mergeFrom(change.seekNanos);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Whether somebody who stands there gets everything that comes behind it. */
  holds(cursor: LiveCursor): boolean {
    const { events } = cursor.place(SHARD);
    return (
      events >= this.#log.floor.place(SHARD).events && events <= this.#log.head.place(SHARD).events
    );
  }

  /** Lets a client follow: from where it stands, or from the oldest message that is held. */
  follow(filter: TopicFilter, cursor: LiveCursor | undefined, outlet: LiveOutlet): LiveClient {
    const client = new LiveClient({
      outlet,
      log: this.#log,
      limits: LIVE_LIMITS,
      clock: this.options.clock,
      filter,
      isComplete: true,
      // The replay waits for its clients, so that none is.
      onOvertaken: (overtaken) => overtaken.end('the replay has gone on without it'),
      onClosed: (closed) => this.#clients.delete(closed),
      onLeftOut: () => undefined,
    });
    this.#clients.add(client);
    const from = cursor ?? this.#log.floor;
    const data = JSON.stringify({ replay: this.document(), topics: filter.texts });
    client.send({ name: 'open', data, cursor: String(from) });
    client.join(from);
    if (this.#ended !== undefined) this.#sayEnd(client);
    return client;
  }

  /** Tells everything, and then what it has told. */
  async run(): Promise<void> {
    const signal = this.#stop.signal;
    try {
      while (!signal.aborted && (await this.#step())) {
        for (const client of this.#clients) client.onBeat(this.options.clock.monotonicMs());
      }
      this.#ended = { state: signal.aborted ? 'stopped' : 'done' };
    } catch (error) {
      this.#ended = {
        state: 'failed',
        why: error instanceof Error ? error.message : String(error),
      };
    }
    const { id, range } = this.options;
    this.#manifestDocument = {
      replay: id,
      events: this.#events,
      seeks: this.#seeks,
      ts_from: String(range.from),
      ts_to: String(range.to),
      streams: this.#manifest.finish(),
    };
    for (const client of this.#clients) this.#sayEnd(client);
  }

  /** @returns false at the end */
  async #step(): Promise<boolean> {
    const { clock, limits } = this.options;
    const merge = this.#merge;
    const next = await merge.peek();
    if (merge !== this.#merge) return true;
    const nowMs = clock.monotonicMs();
    const due = this.#pace.dueNanos(nowMs);
    if (this.#mustWait(due)) {
      await sleep(clock, limits.replayTickMs, this.#stop.signal);
      return true;
    }
    if (next === undefined) return false;
    const rows = merge.takeThrough(due ?? INT64_MAX, limits.replayBurstMax);
    if (rows.length === 0) {
      const waitMs = Math.min(this.#pace.waitMs(next.nanos, nowMs), limits.replayTickMs);
      await sleep(clock, waitMs, this.#stop.signal);
      return true;
    }
    for (const row of rows) this.#manifest.add(row);
    this.#events += rows.length;
    this.#positionNanos = rows.at(-1)?.nanos ?? this.#positionNanos;
    this.#tell(
      rows.map((row, index) => messageOf(row, index + 1)),
      rows,
    );
    // Others have their turn, also where nothing ever waits.
    await sleep(clock, 0);
    return true;
  }

  #mustWait(due: bigint | undefined): boolean {
    if (this.#pace.isPaused) return true;
    // As fast as it is taken: not at all, while nobody does.
    if (due === undefined && this.#clients.size === 0) return true;
    const { replayAheadBytesMax } = this.options.limits;
    return [...this.#clients].some((client) => client.behindBytes > replayAheadBytesMax);
  }

  #tell(
    messages: Parameters<LiveLog['append']>[1],
    rows: readonly { readonly data: string }[],
  ): void {
    const position = this.#log.head.place(SHARD).events + 1;
    const bytes = rows.reduce((sum, { data }) => sum + data.length, 0);
    this.#log.append({ shard: SHARD, flow: 'events', position }, messages, bytes);
    this.#log.trim();
    for (const client of this.#clients) client.advance();
  }

  #sayEnd(client: LiveClient): void {
    const data = JSON.stringify(this.#manifestDocument);
    client.finish({ name: 'manifest', data, cursor: undefined }, `the replay is ${this.state}`);
  }

  #mergeFrom(nanos: bigint): ReplayMerge {
    const { topics, range, read } = this.options;
    return new ReplayMerge(topics, { from: nanos, to: range.to }, read);
  }
}
