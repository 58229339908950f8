import { EventEmitter } from 'node:events';
import { asSequence, type Epoch, type Sequence } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import type { Random } from '@feedmill/core/random';
import type { Tracer } from '@feedmill/core/tracer';
import {
  HEARTBEAT_MS,
  PUBLISHES_WAITING_MAX,
  REGION_SILENCE_MS,
  TURN_EVENTS_MAX,
} from '../limits.ts';
import { DurabilityWaiters } from './durability-waiters.ts';
import { EpochGuard } from './epoch-guard.ts';
import type { IncarnationSource } from './incarnation.ts';
import { IngestSession, type SessionEnd } from './ingest-session.ts';
import type { IngestTransport } from './ingest-transport.ts';
import { Locator, type Target } from './locator.ts';
import { type Logger, silentLogger } from './logger.ts';
import {
  type CompleteProducerOptions,
  completeOptions,
  type ProducerOptions,
} from './producer-options.ts';
import type { ProducerState } from './producer-state.ts';
import { Publication, type PublicationLatency } from './publication.ts';
import { RegionLocator } from './region-locator.ts';
import { frameHello } from './request-frame.ts';
import { RetryPolicy } from './retry-policy.ts';
import type { WelcomeMessage } from './worker-message.ts';

/** What a producer stands on. */
export interface ProducerParts {
  readonly transport: IngestTransport;
  readonly incarnation: IncarnationSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Follows batches to Postgres; without it nobody does. */
  readonly tracer?: Tracer | undefined;
}

/** What the first welcome says. */
export interface Connected {
  /** The next event published gets the sequence behind it: read the source from there. */
  readonly resumeAfter: Sequence;
  readonly committedThrough: Sequence;
  readonly shard: number;
  readonly epoch: Epoch;
}

export interface ProducerStats {
  readonly state: ProducerState;
  /** Shard and epoch of the last welcome. */
  readonly shard: number | undefined;
  readonly epoch: Epoch | undefined;
  /** Events sent since this start, each counted once. */
  readonly sentEvents: number;
  /** Highest sequence given out, sent, durable and committed. */
  readonly publishedThrough: Sequence;
  readonly sentThrough: Sequence;
  readonly durableThrough: Sequence;
  readonly committedThrough: Sequence;
  /** Bytes of encoded events that are not durable. */
  readonly bufferBytes: number;
  /** Welcomes after the first. */
  readonly reconnects: number;
  readonly nacks: number;
  readonly resentBatches: number;
  /** Weighted by events; live objects, to be read only. */
  readonly latency: PublicationLatency;
}

interface ProducerEvents {
  state: [ProducerState];
}

/**
 * Sends the events of one producer to the worker it is bound to: numbered without a hole, kept
 * until they are durable, sent again whenever that is in doubt. Emits `state` at each change.
 *
 * `connect()` once, then `publish()`; `flush()` and `close()` at the end. Everything rejects with
 * PRODUCER_REFUSED once the worker has refused the producer for good.
 */
export class FeedmillProducer extends EventEmitter<ProducerEvents> {
  readonly #options: CompleteProducerOptions;
  readonly #parts: ProducerParts;
  readonly #logger: Logger;
  readonly #publication: Publication;
  readonly #epochs = new EpochGuard();
  readonly #locator: RegionLocator;
  readonly #retry: RetryPolicy;
  readonly #stop = new AbortController();
  readonly #connected = Promise.withResolvers<Connected>();
  readonly #durable = new DurabilityWaiters();
  readonly #committed = new DurabilityWaiters();
  #state: ProducerState = { kind: 'idle' };
  #session: IngestSession | undefined;
  #welcome: WelcomeMessage | undefined;
  /** Where numbering began; undefined before connect() has resolved. */
  #resumedAfter: Sequence | undefined;
  #progressedTo = asSequence(0);
  #welcomes = 0;
  #running: Promise<void> | undefined;
  #publishesWaiting = 0;
  #lastPublish: Promise<void> = Promise.resolve();
  #roomWaiter: (() => void) | undefined;
  #eventsThisTurn = 0;
  #warnedOf: string | undefined;

  /** @throws FeedmillError CONFIG_INVALID naming every option that is not allowed */
  constructor(options: ProducerOptions, parts: ProducerParts) {
    super();
    this.#options = completeOptions(options);
    this.#parts = parts;
    this.#logger = parts.logger ?? silentLogger;
    const { producer, locate, otherRegion, notFoundGraceMs } = this.#options;
    this.#publication = new Publication(this.#options, parts.tracer);
    const { transport, clock, random } = parts;
    this.#locator =
      otherRegion === undefined
        ? new RegionLocator([new Locator(producer, locate, transport, clock)])
        : new RegionLocator([
            new Locator(producer, locate, transport, clock, REGION_SILENCE_MS),
            new Locator(producer, otherRegion, transport, clock, REGION_SILENCE_MS),
          ]);
    this.#retry = new RetryPolicy(producer, notFoundGraceMs, random, otherRegion !== undefined);
    // Whoever does not await connect() hears of a refusal from the next call.
    this.#connected.promise.catch(() => undefined);
  }

  get state(): ProducerState {
    return this.#state;
  }

  /**
   * Raises the incarnation, finds the worker and resolves when it has welcomed the producer and
   * all it had received before is durable. It is tried without end; `close()` ends it.
   *
   * @throws FeedmillError PRODUCER_REFUSED or CONFIG_INVALID (no incarnation)
   */
  connect(): Promise<Connected> {
    this.#running ??= this.#run();
    return this.#connected.promise;
  }

  /**
   * Takes events and resolves when they are in the buffer; waits while that is full. Events get
   * the sequences behind all that were published before, in the order of the calls.
   *
   * @throws FeedmillError BATCH_INVALID for an event that cannot be sent: those before it in the
   *   array are taken, it and those behind it are not; PRODUCER_REFUSED; WORKER_UNAVAILABLE when
   *   closed, not connected, or PUBLISHES_WAITING_MAX calls wait already
   */
  publish(events: readonly FeedEvent[]): Promise<void> {
    if (this.#publishesWaiting >= PUBLISHES_WAITING_MAX) {
      const message = `${PUBLISHES_WAITING_MAX} calls of publish() wait already; await each call.`;
      return Promise.reject(new FeedmillError('WORKER_UNAVAILABLE', message));
    }
    const published =
      this.#publishesWaiting === 0
        ? this.#put(events)
        : this.#lastPublish.then(() => this.#put(events));
    this.#publishesWaiting += 1;
    const done = (): void => {
      this.#publishesWaiting -= 1;
    };
    this.#lastPublish = published.then(done, done);
    return published;
  }

  /** Resolves when everything published so far survives the loss of the worker. */
  async flush(): Promise<void> {
    await this.#flushTo(this.#durable, this.#publication.durableThrough);
  }

  /** Resolves when everything published so far is visible in Postgres. */
  async flushCommitted(): Promise<void> {
    await this.#flushTo(this.#committed, this.#publication.committedThrough);
  }

  /** Ends the stream and all waiting calls. What is not durable then is not sent any more. */
  async close(): Promise<void> {
    if (this.#state.kind !== 'failed') this.#setState({ kind: 'closed' });
    this.#endWaiting(this.#overError());
    this.#stop.abort();
    this.#session?.finish();
    await this.#running;
  }

  stats(): ProducerStats {
    const publication = this.#publication;
    return {
      state: this.#state,
      shard: this.#welcome?.shard,
      epoch: this.#welcome?.epoch,
      sentEvents: publication.sentThrough - (this.#resumedAfter ?? 0),
      publishedThrough: publication.publishedThrough,
      sentThrough: publication.sentThrough,
      durableThrough: publication.durableThrough,
      committedThrough: publication.committedThrough,
      bufferBytes: publication.bufferBytes,
      reconnects: Math.max(this.#welcomes - 1, 0),
      nacks: publication.nacks,
      resentBatches: publication.resentBatches,
      latency: publication.latency,
    };
  }

  /** The whole life: find the worker, hold a stream until it ends, see how to go on. */
  async #run(): Promise<void> {
    try {
      let incarnation = await this.#parts.incarnation.next();
      while (!this.#over) {
        const end = await this.#attempt(incarnation);
        if (this.#over) return;
        const newest = this.#newerIncarnation(end);
        if (newest !== undefined) incarnation = await this.#parts.incarnation.next(newest);
        else if (end.kind === 'fatal') this.#fail(end.error);
        else await this.#goOnAfter(end);
      }
    } catch (error) {
      this.#fail(FeedmillError.from(error));
    }
  }

  async #attempt(incarnation: number): Promise<SessionEnd> {
    this.#setState({ kind: 'locating' });
    const located = await this.#locator.next();
    if (located.kind === 'status') return located;
    if (this.#over) return { kind: 'status', status: { code: 'CANCELLED', details: 'closed' } };
    const { target } = located;
    this.#setState({ kind: 'greeting', address: target.address });
    this.#session = new IngestSession(
      {
        transport: this.#parts.transport,
        clock: this.#parts.clock,
        publication: this.#publication,
        epochs: this.#epochs,
        ackSilenceMs: this.#options.ackSilenceMs,
        onWelcome: (welcome) => this.#onWelcome(welcome, target),
        onProgress: () => this.#onProgress(),
        onNack: (reason) => this.#logger.warn({ reason }, 'worker refused a batch; going back'),
      },
      target.address,
      this.#hello(incarnation, target),
    );
    const end = await this.#session.ended;
    this.#session = undefined;
    return end;
  }

  /**
   * The incarnation to rise above, where a worker knows one that is newer than ours. Only a program
   * that was never welcomed may rise: it has just started, so it is the newest, whatever the clock
   * of the machine before said. Whoever was welcomed once has been replaced.
   */
  #newerIncarnation(end: SessionEnd): number | undefined {
    if (end.kind !== 'status' || this.#welcomes > 0) return undefined;
    const { code, incarnation } = end.status;
    return code === 'PERMISSION_DENIED' ? incarnation : undefined;
  }

  async #goOnAfter({ status }: Extract<SessionEnd, { kind: 'status' }>): Promise<void> {
    const step = this.#retry.after(status, this.#parts.clock.monotonicMs());
    const reason = `${status.code}: ${status.details}`;
    switch (step.kind) {
      case 'fail':
        this.#fail(step.error);
        return;
      case 'redirect':
        this.#logger.info({ address: step.address, shard: step.shard, reason }, 'redirected');
        this.#locator.redirectTo(step);
        return;
      case 'wait':
        if (step.isElsewhere === true) this.#locator.goElsewhere();
        else this.#locator.failed();
        this.#setState({ kind: 'waiting', delayMs: step.delayMs, reason });
        await sleep(this.#parts.clock, step.delayMs, this.#stop.signal);
    }
  }

  #hello(incarnation: number, target: Target): Buffer {
    const { producer, token, client } = this.#options;
    // The epoch of another shard says nothing, so it is sent only to the shard it belongs to.
    const knownEpoch = this.#epochs.highest(target.shard);
    const heartbeatMs = this.#options.otherRegion === undefined ? 0 : HEARTBEAT_MS;
    return frameHello({
      producer,
      incarnation: BigInt(incarnation),
      token,
      client,
      knownEpoch,
      heartbeatMs,
    });
  }

  #onWelcome(welcome: WelcomeMessage, { address }: Target): void {
    const { shard, epoch } = welcome;
    this.#welcome = welcome;
    this.#welcomes += 1;
    this.#retry.welcomed();
    this.#locator.served();
    this.#setState({ kind: 'streaming', address, shard, epoch });
  }

  #onProgress(): void {
    const publication = this.#publication;
    this.#eventsThisTurn = 0;
    if (this.#resumedAfter === undefined && publication.settled) this.#begin();
    if (publication.durableThrough > this.#progressedTo) {
      this.#progressedTo = publication.durableThrough;
      this.#retry.progressed();
    }
    this.#durable.reached(publication.durableThrough);
    this.#committed.reached(publication.committedThrough);
    if (!publication.full) this.#wakePublisher();
  }

  /** The worker's position is durable: from here on it stands, and events may be numbered. */
  #begin(): void {
    const welcome = this.#welcome as WelcomeMessage;
    const { shard, epoch, resumeAfter } = welcome;
    const { committedThrough } = this.#publication;
    this.#resumedAfter = resumeAfter;
    this.#connected.resolve({ resumeAfter, committedThrough, shard, epoch });
  }

  async #put(events: readonly FeedEvent[]): Promise<void> {
    const { clock } = this.#parts;
    let index = 0;
    while (index < events.length) {
      this.#throwUnlessConnected();
      if (this.#publication.full) {
        await this.#room();
        continue;
      }
      const before = index;
      index = this.#publication.take(events, index, clock.monotonicMs());
      this.#session?.pump();
      this.#eventsThisTurn += index - before;
      if (this.#eventsThisTurn >= TURN_EVENTS_MAX) {
        this.#eventsThisTurn = 0;
        await sleep(clock, 0);
      }
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomWaiter = resolve;
    });
  }

  #wakePublisher(): void {
    const wake = this.#roomWaiter;
    this.#roomWaiter = undefined;
    wake?.();
  }

  async #flushTo(waiters: DurabilityWaiters, reached: Sequence): Promise<void> {
    const through = this.#publication.publishedThrough;
    if (reached >= through) return;
    this.#throwUnlessConnected();
    this.#publication.flush();
    this.#session?.pump();
    await waiters.wait(through);
  }

  get #over(): boolean {
    return this.#state.kind === 'failed' || this.#state.kind === 'closed';
  }

  #overError(): FeedmillError {
    if (this.#state.kind === 'failed') return this.#state.error;
    const { publishedThrough, durableThrough } = this.#publication;
    return new FeedmillError(
      'WORKER_UNAVAILABLE',
      `Producer '${this.#options.producer}' is closed; ${publishedThrough - durableThrough} of ` +
        'its events were not acknowledged as durable. They are sent again by the next start.',
    );
  }

  #throwUnlessConnected(): void {
    if (this.#over) throw this.#overError();
    if (this.#resumedAfter !== undefined) return;
    const message = `Producer '${this.#options.producer}' is not connected; await connect() first.`;
    throw new FeedmillError('WORKER_UNAVAILABLE', message);
  }

  #fail(error: FeedmillError): void {
    if (this.#over) return;
    this.#setState({ kind: 'failed', error });
    this.#endWaiting(error);
  }

  #endWaiting(error: FeedmillError): void {
    this.#connected.reject(error);
    this.#durable.rejectAll(error);
    this.#committed.rejectAll(error);
    this.#wakePublisher();
  }

  #setState(state: ProducerState): void {
    // A welcome that was under way when we closed must not bring the producer back to life.
    if (this.#over) return;
    this.#state = state;
    this.#log(state);
    this.emit('state', state);
  }

  #log(state: ProducerState): void {
    const fields = { producer: this.#options.producer, ...state };
    switch (state.kind) {
      case 'failed':
        this.#logger.error({ producer: fields.producer }, state.error.message);
        return;
      case 'waiting':
        // Once for each reason: an outage of a minute is some fifty tries.
        if (state.reason === this.#warnedOf) this.#logger.debug(fields, state.reason);
        else this.#logger.warn(fields, `the worker is tried again: ${state.reason}`);
        this.#warnedOf = state.reason;
        return;
      case 'locating':
      case 'greeting':
        this.#logger.debug(fields, state.kind);
        return;
      case 'streaming':
        this.#warnedOf = undefined;
        this.#logger.info(fields, `shard ${state.shard} has welcomed the producer`);
        return;
      case 'idle':
      case 'closed':
        this.#logger.info(fields, `producer ${state.kind}`);
    }
  }
}
