import { Backoff } from '@feedmill/core/backoff';
import type { Sequence } from '@feedmill/core/brand';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import { FeedState, GapCause } from '@feedmill/proto/feedmill/v1/event_pb';
import { FeedRhythm } from '../live/feed-rhythm.ts';
import { LiveQueue } from '../live/live-queue.ts';
import type { SourceProblems } from '../net/source-problems.ts';
import type { SourceState } from '../net/source-state.ts';
import type { TcpConnection, TcpPlace } from '../net/tcp-dialer.ts';
import type { NetworkDeps } from '../network-kind.ts';
import type { Source, SourceProgress } from '../source.ts';
import { feedStatusEvent } from '../venues/feed-status.ts';
import { TCP_RETRY_BASE_MS, TCP_RETRY_CAP_MS, TCP_STABLE_AFTER_MS, TCP_TICK_MS } from './limits.ts';
import type { ProtocolSink, ProtocolStart, TcpProtocol } from './tcp-protocol.ts';

const NANOS_PER_MS = 1_000_000;

/** Where to connect, for whom. */
export interface TcpRequest extends TcpPlace {
  readonly producer: string;
}

/**
 * Keeps one TCP connection up and hands on what its protocol makes of the bytes. While nobody takes
 * the events the socket is not read, so that the other side waits. What the next start must know is
 * written before events are handed over.
 */
export class TcpSource implements Source, ProtocolSink {
  readonly producer: string;
  readonly #request: TcpRequest;
  readonly #deps: NetworkDeps;
  readonly #problems: SourceProblems;
  readonly #state: SourceState;
  readonly #start: (start: ProtocolStart) => TcpProtocol;
  readonly #queue = new LiveQueue();
  readonly #rhythm = new FeedRhythm();
  #protocol!: TcpProtocol;
  #connection: TcpConnection | undefined;
  #endReason = '';
  #standing: 'down' | 'up' | 'stale' = 'down';
  #cause: GapCause = GapCause.UNSPECIFIED;
  #number = 0;
  #latestEvent = 0n;
  #isPaused = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(
    request: TcpRequest,
    deps: NetworkDeps,
    problems: SourceProblems,
    start: (start: ProtocolStart) => TcpProtocol,
  ) {
    this.producer = request.producer;
    this.#request = request;
    this.#deps = deps;
    this.#problems = problems;
    this.#state = deps.stateOf(request.producer);
    this.#start = start;
  }

  async *events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    this.#number = after;
    if (after > 0) this.#cause = GapCause.RESTART;
    const { clock } = this.#deps;
    const saved = await this.#state.load();
    const wallNanos = (): bigint => clock.wallNanos();
    this.#protocol = this.#start({ saved, after, sink: this, wallNanos });
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const running = this.#run(both).finally(() => this.#queue.end());
    // Whoever reads learns of a failure below, and nobody else has to.
    running.catch(() => undefined);
    try {
      for (;;) {
        const events = await this.#queue.take();
        if (events === undefined) break;
        await this.#save();
        yield events;
      }
      await running;
    } finally {
      stop.abort();
    }
  }

  progress(): SourceProgress {
    return { fraction: undefined, problems: this.#problems.counts() };
  }

  ready(): void {
    if (this.#standing !== 'down') return;
    this.#standing = 'up';
    this.#rhythm.restart(this.#deps.clock.monotonicMs());
    const { host, port } = this.#request;
    this.#status(FeedState.CONNECTED, `connected to ${host}:${port}`, this.#cause);
    this.#cause = GapCause.UNSPECIFIED;
  }

  put(events: readonly FeedEvent[]): number {
    const first = this.#number + 1;
    if (events.length === 0) return first;
    this.#number += events.length;
    for (const { tsEvent } of events) if (tsEvent > this.#latestEvent) this.#latestEvent = tsEvent;
    this.#queue.add(events);
    return first;
  }

  send(text: string): void {
    const connection = this.#connection;
    void this.#save().then(() => connection?.write(text));
  }

  end(reason: string): void {
    if (this.#endReason === '') this.#endReason = reason;
    const connection = this.#connection;
    // What was sent before goes out first.
    void this.#saving.then(() => connection?.destroy());
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#deps;
    const backoff = new Backoff(TCP_RETRY_BASE_MS, TCP_RETRY_CAP_MS, random);
    while (!signal.aborted) {
      const openedMs = clock.monotonicMs();
      const reason = await this.#session(signal);
      if (signal.aborted) break;
      this.#goDown(reason, GapCause.NETWORK);
      if (clock.monotonicMs() - openedMs > TCP_STABLE_AFTER_MS) backoff.reset();
      const waitMs = backoff.nextDelayMs();
      logger.warn({ reason, waitMs }, 'connection lost; it is opened again');
      await sleep(clock, waitMs, signal);
    }
    this.#goDown('the source was stopped', GapCause.RESTART);
  }

  /** One connection from its opening to its end; the reason of the end. */
  async #session(signal: AbortSignal): Promise<string> {
    const { clock, tcp } = this.#deps;
    const ended = Promise.withResolvers<string>();
    this.#endReason = '';
    this.#isPaused = false;
    const early: Uint8Array[] = [];
    let onBytes = (bytes: Uint8Array): void => void early.push(bytes);
    // Stopped by us it ends after a goodbye, not at once.
    const cut = new AbortController();
    try {
      const opening = tcp.open(
        this.#request,
        { onBytes: (bytes) => onBytes(bytes), onClose: (reason) => ended.resolve(reason) },
        cut.signal,
      );
      const abort = (): void => cut.abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#connection = await opening;
      signal.removeEventListener('abort', abort);
      this.#protocol.open(clock.monotonicMs());
      onBytes = (bytes) => this.#take(bytes);
      for (const bytes of early) onBytes(bytes);
      const ticking = this.#tick(signal, ended.promise);
      const reason = await ended.promise;
      await ticking;
      return this.#endReason === '' ? reason : this.#endReason;
    } catch (error) {
      return FeedmillError.from(error).message;
    } finally {
      cut.abort();
      if (this.#connection !== undefined) this.#protocol.close(clock.wallNanos());
      this.#connection = undefined;
    }
  }

  #take(bytes: Uint8Array): void {
    const { clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const before = this.#number;
    this.#protocol.take(bytes, clock.wallNanos(), nowMs);
    if (this.#number > before) {
      this.#rhythm.beat(nowMs);
      if (this.#standing === 'stale') {
        this.#standing = 'up';
        this.#status(FeedState.CONNECTED, 'messages come again');
      }
    }
    this.#watchQueue();
  }

  async #tick(signal: AbortSignal, ended: Promise<string>): Promise<void> {
    const { clock } = this.#deps;
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    while (!isEnded) {
      if (signal.aborted) {
        this.#protocol.leave();
        this.end('the source was stopped');
        return;
      }
      const nowMs = clock.monotonicMs();
      this.#watchQueue();
      if (!this.#isPaused) {
        this.#protocol.tick(nowMs);
        this.#watchSilence(nowMs);
      }
      await Promise.race([ended, sleep(clock, TCP_TICK_MS, signal)]);
    }
  }

  #watchSilence(nowMs: number): void {
    if (this.#standing !== 'up' || !this.#rhythm.isStale(nowMs)) return;
    this.#standing = 'stale';
    const silence = `no message for ${Math.round(this.#rhythm.silenceMs(nowMs))} ms`;
    this.#status(FeedState.STALE, silence);
  }

  /** Stops reading while nobody takes what was read. */
  #watchQueue(): void {
    const isLong = this.#queue.level !== 'open';
    if (isLong === this.#isPaused) return;
    this.#isPaused = isLong;
    if (isLong) this.#connection?.pause();
    else {
      this.#rhythm.restart(this.#deps.clock.monotonicMs());
      this.#connection?.resume();
    }
  }

  #goDown(reason: string, cause: GapCause): void {
    if (this.#standing === 'down') return;
    this.#standing = 'down';
    this.#cause = cause;
    this.#status(FeedState.DISCONNECTED, reason, cause);
  }

  #status(state: FeedState, reason: string, gapCause: GapCause = GapCause.UNSPECIFIED): void {
    const { clock } = this.#deps;
    const now = clock.wallNanos();
    const silenceMs = this.#rhythm.silenceMs(clock.monotonicMs());
    const receiveAgeNs = BigInt(Math.round(silenceMs * NANOS_PER_MS));
    const venueAgeNs = this.#latestEvent === 0n ? 0n : now - this.#latestEvent;
    const value = { state, reason: reason.slice(0, 200), gapCause, receiveAgeNs, venueAgeNs };
    this.put([feedStatusEvent(this.#protocol.feed, value, now, now)]);
  }

  /** One write after another; each has what is so by then. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#state.save(this.#protocol.state()));
    return this.#saving;
  }
}
