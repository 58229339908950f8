import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock, Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { scanBatch } from '@feedmill/core/wire/batch-scan';
import {
  type Hello,
  NackReason,
  type PublishResponse,
} from '@feedmill/proto/feedmill/v1/ingest_pb';
import type { ReceivedTrace } from '../observe/batch-traces.ts';
import type { ProducerSlot } from './producer-slot.ts';
import { ack, heartbeat, nack, type PublishMessage, welcome } from './publish-codec.ts';
import { type Refusal, refusals } from './refusal.ts';

/** The transport of one stream, as the state machine sees it. */
export interface PublishCall {
  /** Sends; false when the reader is slow and `onWritable` will be told. */
  send(response: PublishResponse): boolean;
  /** Ends the stream with a status. */
  refuse(refusal: Refusal): void;
  /** Stops and restarts the flow of requests. */
  pause(): void;
  resume(): void;
}

/** What a stream needs of its worker. */
export interface PublishHost {
  readonly shard: number;
  readonly epoch: number;
  readonly clock: Clock;
  readonly batchBytesMax: number;
  readonly bytesInFlightMax: number;
  readonly helloTimeoutMs: number;
  readonly fullRetryMs: number;
  /** Least time between two heartbeats, whatever a producer asks for, ms. */
  readonly heartbeatMsMin: number;
  /** The slot of a producer that may publish here, or why it may not. */
  admit(producer: string): ProducerSlot | Refusal;
  isFull(): boolean;
  /** Hands a batch to the journal; true when the stream should pause until `resume`. */
  append(slot: ProducerSlot, batch: AcceptedBatch): boolean;
  onDuplicate(slot: ProducerSlot, events: number): void;
  onRefused(producer: string, refusal: Refusal): void;
}

/** A batch that passed the sequence check. */
export interface AcceptedBatch {
  readonly bytes: Uint8Array;
  readonly firstSequence: number;
  readonly eventCount: number;
  /** Leading events that were received before. */
  readonly skipCount: number;
  /** Undefined where its trace is not sampled. */
  readonly trace: ReceivedTrace | undefined;
}

type State = 'awaiting-hello' | 'open' | 'closed';

/**
 * One Publish stream. It opens with a Hello, then takes batches in sequence; a repeat is answered
 * as success, a hole with a Nack. Acks are coalesced: a slow reader gets only the newest.
 */
export class PublishStream {
  readonly #host: PublishHost;
  readonly #call: PublishCall;
  readonly #helloTimer: Timer;
  #state: State = 'awaiting-hello';
  #slot: ProducerSlot | undefined;
  #incarnation = 0n;
  #writable = true;
  #ackDue = false;
  #ackedDurable = -1;
  #ackedCommitted = -1;
  /** The expected sequence that a Nack was sent for; what follows it in flight is passed over. */
  #nackedFor = 0;
  #heartbeatTimer: Timer | undefined;
  #hasSpoken = false;

  constructor(host: PublishHost, call: PublishCall) {
    this.#host = host;
    this.#call = call;
    this.#helloTimer = host.clock.schedule(host.helloTimeoutMs, () => {
      if (this.#state === 'awaiting-hello') this.end(refusals.noHello(host.helloTimeoutMs));
    });
  }

  get incarnation(): bigint {
    return this.#incarnation;
  }

  onMessage(message: PublishMessage): void {
    if (this.#state === 'closed') return;
    switch (message.kind) {
      case 'broken':
        this.end(refusals.invalidBatch(message.error));
        return;
      case 'hello':
        this.#onHello(message.hello);
        return;
      case 'batch':
        this.#onBatch(message.bytes, message.traceparent);
    }
  }

  /** The reader can take more. */
  onWritable(): void {
    this.#writable = true;
    if (this.#ackDue) this.acknowledge();
  }

  /** The transport is gone. */
  onClosed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#host.clock.cancel(this.#helloTimer);
    if (this.#heartbeatTimer !== undefined) this.#host.clock.cancel(this.#heartbeatTimer);
    if (this.#slot?.stream === this) this.#slot.stream = undefined;
  }

  /** Ends the stream from our side. */
  end(refusal: Refusal): void {
    if (this.#state === 'closed') return;
    this.#host.onRefused(this.#slot?.name ?? '', refusal);
    this.onClosed();
    this.#call.refuse(refusal);
  }

  resume(): void {
    if (this.#state !== 'closed') this.#call.resume();
  }

  /** Sends the slot's newest positions, now or as soon as the reader can take them. */
  acknowledge(): void {
    const slot = this.#slot;
    if (slot === undefined || this.#state !== 'open') return;
    if (!this.#writable) {
      this.#ackDue = true;
      return;
    }
    this.#ackDue = false;
    const { durableThrough, committedThrough } = slot;
    if (durableThrough === this.#ackedDurable && committedThrough === this.#ackedCommitted) return;
    this.#ackedDurable = durableThrough;
    this.#ackedCommitted = committedThrough;
    this.#send(ack(durableThrough, committedThrough));
  }

  #onHello(hello: Hello): void {
    const host = this.#host;
    if (this.#state !== 'awaiting-hello') {
      this.end(refusals.secondHello());
      return;
    }
    const slot = host.admit(hello.producer);
    if ('code' in slot) {
      host.onRefused(hello.producer, slot);
      this.onClosed();
      this.#call.refuse(slot);
      return;
    }
    if (!tokenMatches(slot.tokenSha256, hello.token)) {
      this.end(refusals.wrongToken(slot.name));
      return;
    }
    if (hello.incarnation < slot.incarnation) {
      this.end(refusals.olderIncarnation(slot.name, hello.incarnation, slot.incarnation));
      return;
    }
    if (hello.knownEpoch > host.epoch) {
      this.end(refusals.epochBehind(hello.knownEpoch, host.epoch));
      return;
    }
    if (host.isFull()) {
      this.end(refusals.journalFull(host.fullRetryMs));
      return;
    }
    host.clock.cancel(this.#helloTimer);
    slot.stream?.end(refusalOf(slot, hello.incarnation));
    slot.stream = this;
    slot.incarnation = hello.incarnation;
    this.#incarnation = hello.incarnation;
    this.#slot = slot;
    this.#state = 'open';
    this.#send(
      welcome({
        resumeAfter: slot.receivedThrough,
        committedThrough: slot.committedThrough,
        shard: host.shard,
        epoch: host.epoch,
        batchBytesMax: host.batchBytesMax,
        bytesInFlightMax: host.bytesInFlightMax,
      }),
    );
    this.acknowledge();
    if (hello.heartbeatMs > 0) this.#beat(Math.max(hello.heartbeatMs, host.heartbeatMsMin));
  }

  #send(response: PublishResponse): void {
    this.#hasSpoken = true;
    this.#writable = this.#call.send(response);
  }

  /** Says that the worker lives, where it has said nothing else. */
  #beat(everyMs: number): void {
    this.#heartbeatTimer = this.#host.clock.schedule(everyMs, () => {
      if (!this.#hasSpoken && this.#writable) this.#send(heartbeat());
      this.#hasSpoken = false;
      this.#beat(everyMs);
    });
  }

  #onBatch(bytes: Uint8Array, traceparent: string | undefined): void {
    const host = this.#host;
    const trace =
      traceparent === undefined ? undefined : { traceparent, receivedMs: host.clock.monotonicMs() };
    const slot = this.#slot;
    if (slot === undefined) {
      this.end(refusals.helloFirst());
      return;
    }
    if (bytes.byteLength > host.batchBytesMax) {
      this.end(refusals.batchTooLarge(bytes.byteLength, host.batchBytesMax));
      return;
    }
    let firstSequence: number;
    let eventCount: number;
    try {
      ({ firstSequence, eventCount } = scanBatch(bytes));
    } catch (error) {
      this.end(refusals.invalidBatch(FeedmillError.from(error)));
      return;
    }
    const expected = slot.receivedThrough + 1;
    const last = firstSequence + eventCount - 1;
    if (firstSequence > expected) {
      this.#refuseGap(firstSequence, expected);
      return;
    }
    this.#nackedFor = 0;
    if (last < expected) {
      // A repeat is a success: its ack may have been lost.
      host.onDuplicate(slot, eventCount);
      this.#ackedDurable = -1;
      this.acknowledge();
      return;
    }
    if (host.isFull()) {
      this.end(refusals.journalFull(host.fullRetryMs));
      return;
    }
    const skipCount = expected - firstSequence;
    if (skipCount > 0) host.onDuplicate(slot, skipCount);
    slot.receivedThrough = last;
    const batch = { bytes, firstSequence, eventCount, skipCount, trace };
    if (host.append(slot, batch)) this.#call.pause();
  }

  #refuseGap(firstSequence: number, expected: number): void {
    if (this.#nackedFor === expected) return;
    this.#nackedFor = expected;
    this.#send(
      nack(
        NackReason.SEQUENCE_GAP,
        expected,
        `The batch starts at sequence ${firstSequence}, expected was ${expected}; nothing of it ` +
          'was taken. Send again from the expected sequence.',
      ),
    );
  }
}

function tokenMatches(expectedSha256: Uint8Array, token: string): boolean {
  if (expectedSha256.length === 0) return true;
  const offered = createHash('sha256').update(token).digest();
  return offered.length === expectedSha256.length && timingSafeEqual(offered, expectedSha256);
}

/**
 * Why the stream that a slot has is over, now that another one comes. Of two streams of one program
 * the older may come last, where its Hello was held up on the way: the program has to come again.
 */
function refusalOf({ name, incarnation }: ProducerSlot, offered: bigint): Refusal {
  return offered > incarnation ? refusals.superseded(name, offered) : refusals.reopened(name);
}
