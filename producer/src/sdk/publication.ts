import { asSequence, type Sequence } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import type { Tracer } from '@feedmill/core/tracer';
import { COMMIT_TIMINGS_MAX, EAGER_BATCHES_IN_FLIGHT_MAX } from '../limits.ts';
import { BatchBuffer, type BufferedBatch } from './batch-buffer.ts';
import { CommitTimings } from './commit-timings.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { AckMessage, NackMessage, WelcomeMessage } from './worker-message.ts';

export interface PublicationOptions {
  /** Name of the producer, for messages. */
  readonly producer: string;
  readonly bufferBytesMax: number;
  readonly batchEventsMax: number;
  /** How long an event may wait for others although the stream would take it, in milliseconds. */
  readonly lingerMs: number;
}

/** Latencies in milliseconds, per event; each batch counts from the time of its first event. */
export interface PublicationLatency {
  /** From the first hand-over to a stream. */
  readonly sentToDurable: LatencyHistogram;
  readonly sentToCommitted: LatencyHistogram;
  /** From publish(): with the wait for credit and for the worker to come back. */
  readonly publishedToDurable: LatencyHistogram;
  readonly publishedToCommitted: LatencyHistogram;
}

/**
 * All that one producer has published, is sending and has had acknowledged: the state of the
 * contract, without stream, timer or clock. Every method takes the monotonic time in milliseconds
 * where it needs one.
 */
export class Publication {
  readonly latency: PublicationLatency = {
    sentToDurable: new LatencyHistogram(),
    sentToCommitted: new LatencyHistogram(),
    publishedToDurable: new LatencyHistogram(),
    publishedToCommitted: new LatencyHistogram(),
  };
  readonly #options: PublicationOptions;
  readonly #buffer: BatchBuffer;
  readonly #commitTimings = new CommitTimings(COMMIT_TIMINGS_MAX);
  /** The position that numbering began behind; undefined before the first welcome. */
  #startAfter: Sequence | undefined;
  #bytesInFlightMax = 0;
  #sentThrough = asSequence(0);
  #durableThrough = asSequence(0);
  #committedThrough = asSequence(0);
  #flushThrough = asSequence(0);
  #rewoundTo: Sequence | undefined;
  #resentBatches = 0;
  #nacks = 0;

  /** @param tracer follows batches; undefined: nobody does */
  constructor(options: PublicationOptions, tracer?: Tracer) {
    this.#options = options;
    const { producer, bufferBytesMax: bytesMax, batchEventsMax } = options;
    this.#buffer = new BatchBuffer(
      { bytesMax, batchEventsMax },
      tracer &&
        ((firstSequence, lastSequence, publishedMs) =>
          tracer.start('feedmill.publish', publishedMs, {
            'feedmill.producer': producer,
            'feedmill.first_sequence': firstSequence,
            'feedmill.last_sequence': lastSequence,
          })),
    );
  }

  /** Highest sequence that publish() has given out. */
  get publishedThrough(): Sequence {
    return asSequence(this.#buffer.nextSequence - 1);
  }

  /** Highest sequence that was ever given to a stream. */
  get sentThrough(): Sequence {
    return this.#sentThrough;
  }

  get durableThrough(): Sequence {
    return this.#durableThrough;
  }

  get committedThrough(): Sequence {
    return this.#committedThrough;
  }

  get bufferBytes(): number {
    return this.#buffer.bytes;
  }

  get full(): boolean {
    return this.#buffer.full;
  }

  get resentBatches(): number {
    return this.#resentBatches;
  }

  get nacks(): number {
    return this.#nacks;
  }

  /** Whether the position that numbering began behind is durable: from then on it stands. */
  get settled(): boolean {
    return this.#startAfter !== undefined && this.#durableThrough >= this.#startAfter;
  }

  /** Whether the worker holds something of ours that is not durable. */
  get awaitsAck(): boolean {
    return this.#buffer.inFlightBatches > 0 || !this.settled;
  }

  /**
   * Takes events into the buffer until it is full or one batch's worth is taken.
   *
   * @param from index of the first event to take
   * @returns index behind the last event taken
   * @throws FeedmillError BATCH_INVALID for an event that cannot be sent; those before it are taken
   */
  take(events: readonly FeedEvent[], from: number, nowMs: number): number {
    const end = Math.min(events.length, from + this.#options.batchEventsMax);
    let index = from;
    while (index < end && !this.#buffer.full) {
      this.#buffer.add(events[index] as FeedEvent, nowMs);
      index += 1;
    }
    return index;
  }

  /**
   * Begins a stream: what the worker has received is held until it is durable there too, the rest
   * is sent (again). A batch that the worker has in part is sent whole; the worker skips what it
   * knows. The first stream sets the number of the first event; another does so anew as long as
   * that position was not durable, for then a worker that was lost may come back behind it.
   *
   * @throws FeedmillError PRODUCER_REFUSED when the worker's position does not fit what was sent
   */
  resume(welcome: WelcomeMessage, nowMs: number): void {
    const { resumeAfter, committedThrough, batchBytesMax, bytesInFlightMax } = welcome;
    if (this.settled) {
      this.#checkResume(welcome);
    } else {
      this.#buffer.startAfter(resumeAfter);
      this.#startAfter = resumeAfter;
      this.#sentThrough = resumeAfter;
    }
    this.#buffer.limitBatchBytes(batchBytesMax);
    this.#bytesInFlightMax = bytesInFlightMax;
    this.#rewoundTo = undefined;
    // What is in Postgres is durable.
    this.#progress(committedThrough, committedThrough, nowMs);
    this.#buffer.rewindTo(asSequence(resumeAfter + 1));
  }

  /**
   * Takes an acknowledgement.
   *
   * @throws FeedmillError PRODUCER_REFUSED when it speaks of events that were never sent
   */
  acknowledge(ack: AckMessage, nowMs: number): void {
    if (ack.durableThrough > this.#sentThrough) {
      throw this.#foreignSequence(`acknowledges ${ack.durableThrough}`);
    }
    this.#progress(ack.durableThrough, ack.committedThrough, nowMs);
  }

  /**
   * Goes back to where the worker expects the next batch. A worker refuses each batch that was on
   * its way behind the missing one, so the same position is gone back to only once.
   *
   * @throws FeedmillError PRODUCER_REFUSED when that position is no longer, or was never, held
   */
  rewind(nack: NackMessage): void {
    this.#nacks += 1;
    const { expectedSequence } = nack;
    if (expectedSequence === this.#rewoundTo) return;
    if (expectedSequence > this.#sentThrough + 1) {
      throw this.#foreignSequence(`expects ${expectedSequence} next`);
    }
    if (expectedSequence <= this.#heldAfter) {
      throw this.#lostSequence(`expects ${expectedSequence} next`);
    }
    this.#rewoundTo = expectedSequence;
    this.#buffer.rewindTo(expectedSequence);
  }

  /** Has the open batch sent without waiting for more. */
  flush(): void {
    this.#flushThrough = this.publishedThrough;
  }

  /** The batch that may be sent now, taken note of as sent; undefined when there is none. */
  nextToSend(nowMs: number): BufferedBatch | undefined {
    const buffer = this.#buffer;
    if (buffer.firstUnsent === undefined && this.#openIsDue(nowMs)) buffer.closeOpen();
    const batch = buffer.firstUnsent;
    if (batch === undefined || !this.#creditFor(batch.batchBytes)) return undefined;
    if (batch.sentMs !== undefined) this.#resentBatches += 1;
    buffer.markSent(nowMs);
    if (batch.lastSequence > this.#sentThrough) this.#sentThrough = batch.lastSequence;
    return batch;
  }

  /** When the open batch will be due by its age alone; undefined when nothing waits for that. */
  get lingerEndsMs(): number | undefined {
    const { lingerMs } = this.#options;
    if (lingerMs === 0 || this.#buffer.openEvents === 0) return undefined;
    return this.#buffer.openSinceMs + lingerMs;
  }

  #openIsDue(nowMs: number): boolean {
    const buffer = this.#buffer;
    // Without credit it would only stop growing.
    if (buffer.openEvents === 0 || !this.#creditFor(buffer.openBytes)) return false;
    // A full buffer takes no more events, so waiting for more would never end.
    if (this.#flushThrough > this.publishedThrough - buffer.openEvents || buffer.full) return true;
    return (
      buffer.inFlightBatches < EAGER_BATCHES_IN_FLIGHT_MAX &&
      nowMs - buffer.openSinceMs >= this.#options.lingerMs
    );
  }

  /** A batch that is larger than the whole credit goes alone. */
  #creditFor(batchBytes: number): boolean {
    const { inFlightBytes } = this.#buffer;
    return inFlightBytes === 0 || inFlightBytes + batchBytes <= this.#bytesInFlightMax;
  }

  /** The buffer holds what was published behind this sequence. */
  get #heldAfter(): Sequence {
    return asSequence(Math.max(this.#durableThrough, this.#startAfter ?? 0));
  }

  #progress(durableThrough: Sequence, committedThrough: Sequence, nowMs: number): void {
    const { latency } = this;
    if (durableThrough > this.#durableThrough) {
      this.#durableThrough = durableThrough;
      this.#buffer.dropThrough(durableThrough, (batch) => {
        const events = batch.lastSequence - batch.firstSequence + 1;
        const sentMs = batch.sentMs ?? nowMs;
        batch.span?.end(nowMs);
        latency.publishedToDurable.record(nowMs - batch.publishedMs, events);
        latency.sentToDurable.record(nowMs - sentMs, events);
        this.#commitTimings.push(batch.lastSequence, events, batch.publishedMs, sentMs);
      });
    }
    if (committedThrough > this.#committedThrough) {
      this.#committedThrough = committedThrough;
      const { publishedToCommitted, sentToCommitted } = latency;
      this.#commitTimings.commitThrough(
        committedThrough,
        nowMs,
        publishedToCommitted,
        sentToCommitted,
      );
    }
  }

  #checkResume(welcome: WelcomeMessage): void {
    const { resumeAfter, batchBytesMax } = welcome;
    if (resumeAfter > this.#sentThrough) {
      throw this.#foreignSequence(`resumes after ${resumeAfter}`);
    }
    if (resumeAfter < this.#durableThrough)
      throw this.#lostSequence(`resumes after ${resumeAfter}`);
    if (this.#buffer.largestBatchBytes > batchBytesMax) {
      throw new FeedmillError(
        'PRODUCER_REFUSED',
        `A batch of ${this.#buffer.largestBatchBytes} bytes waits for shard ${welcome.shard}, ` +
          `which takes ${batchBytesMax}. Raise the worker's limit or start the producer anew.`,
      );
    }
  }

  #foreignSequence(what: string): FeedmillError {
    return new FeedmillError(
      'PRODUCER_REFUSED',
      `The worker ${what}, but only ${this.#sentThrough} events of '${this.#options.producer}' ` +
        'were sent from here. Another process sends under the same name; stop one of the two.',
    );
  }

  #lostSequence(what: string): FeedmillError {
    return new FeedmillError(
      'PRODUCER_REFUSED',
      `The worker ${what}, but the events of '${this.#options.producer}' up to ` +
        `${this.#heldAfter} were acknowledged and are no longer held here. Start the producer ` +
        "anew; it resumes from the worker's position where its source can.",
    );
  }
}
