import assert from 'node:assert/strict';
import { asSequence, type Sequence } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import type { TraceSpan } from '@feedmill/core/tracer';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { BATCH_BYTES_SEALED } from '../limits.ts';
import { frameBatch } from './request-frame.ts';

/** An encoded batch that waits for its durable acknowledgement. */
export interface BufferedBatch {
  readonly firstSequence: Sequence;
  readonly lastSequence: Sequence;
  /** Size of the serialized Batch: what the worker's limit and credit count. */
  readonly batchBytes: number;
  /** The whole serialized PublishRequest. */
  readonly request: Buffer;
  /** Monotonic time at which its first event was published, in milliseconds. */
  readonly publishedMs: number;
  /** Monotonic time at which it was first given to a stream; undefined before. */
  sentMs: number | undefined;
  /** From the first event until it is durable; undefined where it is not traced. */
  readonly span: TraceSpan | undefined;
}

/** Begins the span of a batch; undefined where it is not sampled. */
export type BeginBatchSpan = (
  firstSequence: Sequence,
  lastSequence: Sequence,
  publishedMs: number,
) => TraceSpan | undefined;

export interface BatchBufferLimits {
  /** Bytes at which the buffer is full. The event that reaches them is still taken. */
  readonly bytesMax: number;
  readonly batchEventsMax: number;
}

// Slots of dropped batches are given back in runs, not one by one.
const DEAD_SLOTS_MAX = 256;

/**
 * Encodes events into batches and keeps each batch until it is durable. Batches stand in three
 * runs: sent on the current stream, closed but not sent, and the open one that still grows.
 */
export class BatchBuffer {
  readonly #limits: BatchBufferLimits;
  readonly #beginSpan: BeginBatchSpan | undefined;
  readonly #writer = new BatchWriter();
  #batchBytesMax = Number.MAX_SAFE_INTEGER;
  #batches: BufferedBatch[] = [];
  // Indexes into #batches: the oldest that is kept, and the first that was not sent.
  #oldest = 0;
  #unsent = 0;
  #closedBytes = 0;
  #inFlightBytes = 0;
  #nextSequence = 1;
  #openEvents = 0;
  #openSinceMs = 0;

  constructor(limits: BatchBufferLimits, beginSpan?: BeginBatchSpan) {
    this.#limits = limits;
    this.#beginSpan = beginSpan;
  }

  /** Sequence that the next event gets. */
  get nextSequence(): Sequence {
    return asSequence(this.#nextSequence);
  }

  get openEvents(): number {
    return this.#openEvents;
  }

  get openBytes(): number {
    return this.#openEvents === 0 ? 0 : this.#writer.byteLength;
  }

  /** When the first event of the open batch was published; meaningless when it is empty. */
  get openSinceMs(): number {
    return this.#openSinceMs;
  }

  get bytes(): number {
    return this.#closedBytes + this.openBytes;
  }

  get full(): boolean {
    return this.bytes >= this.#limits.bytesMax;
  }

  /** Bytes of the batches that were sent on the current stream and are not durable. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  get inFlightBatches(): number {
    return this.#unsent - this.#oldest;
  }

  /** The next closed batch to send. */
  get firstUnsent(): BufferedBatch | undefined {
    return this.#batches[this.#unsent];
  }

  /** Bytes of the largest batch that is not durable. */
  get largestBatchBytes(): number {
    let largest = 0;
    for (let index = this.#oldest; index < this.#batches.length; index += 1) {
      largest = Math.max(largest, this.#batches[index]?.batchBytes ?? 0);
    }
    return largest;
  }

  /** Sets the number of the next event; only while the buffer is empty. */
  startAfter(sequence: Sequence): void {
    assert(this.bytes === 0, 'numbering starts with an empty buffer');
    this.#nextSequence = sequence + 1;
  }

  /** Sets the size of the largest batch that the worker takes, from here on. */
  limitBatchBytes(batchBytesMax: number): void {
    this.#batchBytesMax = batchBytesMax;
  }

  /**
   * Encodes one event into the open batch and closes that when it has its full size.
   *
   * @throws FeedmillError BATCH_INVALID when the event cannot be encoded or is larger than a batch
   *   may be; the buffer is then as it was before
   */
  add(event: FeedEvent, nowMs: number): void {
    const before = this.#writer.byteLength;
    try {
      this.#writer.add(event);
    } catch (error) {
      this.#cutBack(before);
      const reason = error instanceof Error ? error.message : String(error);
      throw new FeedmillError(
        'BATCH_INVALID',
        `The event for sequence ${this.#nextSequence} cannot be encoded: ${reason}.`,
        { cause: error },
      );
    }
    if (this.#writer.byteLength > this.#batchBytesMax) this.#moveToNewBatch(event, before);
    if (this.#openEvents === 0) this.#openSinceMs = nowMs;
    this.#openEvents += 1;
    this.#nextSequence += 1;
    const bytes = this.#writer.byteLength;
    if (
      this.#openEvents >= this.#limits.batchEventsMax ||
      bytes >= BATCH_BYTES_SEALED ||
      bytes >= this.#batchBytesMax
    ) {
      this.closeOpen();
    }
  }

  /** Closes the open batch, so that it can be sent. Nothing happens when it is empty. */
  closeOpen(): void {
    if (this.#openEvents === 0) return;
    this.#push(this.#writer.finish(this.#firstOpenSequence()));
  }

  /** Takes note that `firstUnsent` was given to the stream. */
  markSent(nowMs: number): void {
    const batch = this.#batches[this.#unsent];
    assert(batch !== undefined, 'a batch was sent that does not exist');
    batch.sentMs ??= nowMs;
    this.#inFlightBytes += batch.batchBytes;
    this.#unsent += 1;
  }

  /**
   * Forgets the batches that end at or before `sequence`. A batch that goes beyond stays whole.
   *
   * @param onDrop called with each, oldest first
   */
  dropThrough(sequence: Sequence, onDrop: (batch: BufferedBatch) => void): void {
    let batch = this.#batches[this.#oldest];
    while (batch !== undefined && batch.lastSequence <= sequence) {
      this.#closedBytes -= batch.request.length;
      if (this.#oldest < this.#unsent) this.#inFlightBytes -= batch.batchBytes;
      else this.#unsent += 1;
      this.#oldest += 1;
      onDrop(batch);
      batch = this.#batches[this.#oldest];
    }
    if (this.#oldest > DEAD_SLOTS_MAX && this.#oldest * 2 > this.#batches.length) {
      this.#batches.splice(0, this.#oldest);
      this.#unsent -= this.#oldest;
      this.#oldest = 0;
    }
  }

  /** Has everything from the batch that holds `sequence` on sent (again). */
  rewindTo(sequence: Sequence): void {
    this.#unsent = this.#oldest;
    this.#inFlightBytes = 0;
    let batch = this.firstUnsent;
    while (batch !== undefined && batch.lastSequence < sequence) {
      this.#inFlightBytes += batch.batchBytes;
      this.#unsent += 1;
      batch = this.firstUnsent;
    }
  }

  #firstOpenSequence(): Sequence {
    return asSequence(this.#nextSequence - this.#openEvents);
  }

  #push(batch: Buffer): void {
    const firstSequence = this.#firstOpenSequence();
    const lastSequence = asSequence(this.#nextSequence - 1);
    const span = this.#beginSpan?.(firstSequence, lastSequence, this.#openSinceMs);
    const request = frameBatch(batch, span?.traceparent);
    this.#batches.push({
      firstSequence,
      lastSequence,
      batchBytes: batch.length,
      request,
      publishedMs: this.#openSinceMs,
      sentMs: undefined,
      span,
    });
    this.#closedBytes += request.length;
    this.#writer.reset();
    this.#openEvents = 0;
  }

  /**
   * Takes back what was written since the open batch had `length` bytes. Fields stand one behind
   * the other, so what was there before is a whole batch by itself, and is closed.
   */
  #cutBack(length: number): void {
    if (this.#openEvents === 0) {
      this.#writer.reset();
      return;
    }
    this.#push(this.#writer.finish(this.#firstOpenSequence()).subarray(0, length));
  }

  #moveToNewBatch(event: FeedEvent, before: number): void {
    this.#cutBack(before);
    this.#writer.add(event);
    const bytes = this.#writer.byteLength;
    if (bytes <= this.#batchBytesMax) return;
    this.#writer.reset();
    throw new FeedmillError(
      'BATCH_INVALID',
      `The event for sequence ${this.#nextSequence} takes ${bytes} bytes; the worker takes ` +
        `batches of at most ${this.#batchBytesMax}. Send it in parts, or raise the worker's limit.`,
    );
  }
}
